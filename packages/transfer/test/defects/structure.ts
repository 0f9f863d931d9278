/** Something that the target's tables had when the transfer began and that is gone, weaker or without effect. */
export interface StructureDefect {
  readonly kind: string;
  readonly defect: string;
  readonly sql: string;
  /** What verification must say, word for word; other clauses may follow from the same defect. */
  readonly says: string;
}

const of = (kind: string, lines: readonly (readonly [defect: string, sql: string, says: string])[]) =>
  lines.map(([defect, sql, says]): StructureDefect => ({ kind, defect, sql, says }));

export const STRUCTURE_DEFECTS: readonly StructureDefect[] = [
  ...of('index', [
    ['missing', 'DROP INDEX sample_moment', 'index sample_moment on sample is missing'],
    [
      'of another column',
      'DROP INDEX sample_moment; CREATE INDEX sample_moment ON sample (local)',
      'index sample_moment on sample is CREATE INDEX sample_moment ON public.sample USING btree (local), but was CREATE INDEX sample_moment ON public.sample USING btree (moment)',
    ],
    [
      'no longer unique',
      `DROP INDEX sample_words; CREATE INDEX sample_words ON sample (lower(words)) WHERE words <> ''`,
      `index sample_words on sample is CREATE INDEX sample_words ON public.sample USING btree (lower(words)) WHERE (words <> ''::text), but was CREATE UNIQUE INDEX sample_words ON public.sample USING btree (lower(words)) WHERE (words <> ''::text)`,
    ],
    [
      'invalid',
      `UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'sample_moment'::regclass`,
      'index sample_moment on sample is not valid',
    ],
  ]),
  ...of('primary key', [
    ['missing', 'ALTER TABLE event DROP CONSTRAINT event_pkey', 'constraint event_pkey on event is missing'],
    [
      'of fewer columns',
      'ALTER TABLE pair DROP CONSTRAINT pair_pkey; DELETE FROM pair WHERE value = $$2$$; ALTER TABLE pair ADD CONSTRAINT pair_pkey PRIMARY KEY (a)',
      'constraint pair_pkey on pair is PRIMARY KEY (a), but was PRIMARY KEY (a, b)',
    ],
  ]),
  ...of('unique', [
    [
      'missing',
      'ALTER TABLE sample DROP CONSTRAINT sample_token',
      'constraint sample_token on sample is missing',
    ],
    [
      'deferred',
      'ALTER TABLE sample DROP CONSTRAINT sample_token; ALTER TABLE sample ADD CONSTRAINT sample_token UNIQUE (token) DEFERRABLE',
      'constraint sample_token on sample is UNIQUE (token) DEFERRABLE, but was UNIQUE (token)',
    ],
  ]),
  ...of('foreign key', [
    [
      'missing',
      'ALTER TABLE event DROP CONSTRAINT event_sample',
      'constraint event_sample on event is missing',
    ],
    [
      'not valid',
      'ALTER TABLE sample DROP CONSTRAINT sample_tenant; ALTER TABLE sample ADD CONSTRAINT sample_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) NOT VALID',
      'constraint sample_tenant on sample is not validated',
    ],
    [
      'deletes what depended',
      'ALTER TABLE sample DROP CONSTRAINT sample_tenant; ALTER TABLE sample ADD CONSTRAINT sample_tenant FOREIGN KEY (tenant_id) REFERENCES tenant (id) ON DELETE CASCADE',
      'constraint sample_tenant on sample is FOREIGN KEY (tenant_id) REFERENCES public.tenant(id) ON DELETE CASCADE, but was FOREIGN KEY (tenant_id) REFERENCES public.tenant(id)',
    ],
    [
      'switched off',
      'ALTER TABLE sample DISABLE TRIGGER ALL',
      'constraint sample_tenant on sample is not enforced: its triggers on sample are disabled',
    ],
    [
      'switched off at its other end',
      'ALTER TABLE tenant DISABLE TRIGGER ALL',
      'constraint sample_tenant on sample is not enforced: its triggers on tenant are disabled',
    ],
  ]),
  ...of('check', [
    [
      'missing',
      'ALTER TABLE sample DROP CONSTRAINT sample_bytes',
      'constraint sample_bytes on sample is missing',
    ],
    [
      'of another rule',
      'ALTER TABLE tenant DROP CONSTRAINT tenant_named; ALTER TABLE tenant ADD CONSTRAINT tenant_named CHECK (true)',
      `constraint tenant_named on tenant is CHECK (true), but was CHECK ((name <> ''::text))`,
    ],
    [
      'not valid',
      'ALTER TABLE sample DROP CONSTRAINT sample_bytes; ALTER TABLE sample ADD CONSTRAINT sample_bytes CHECK (octet_length(bytes) < 100) NOT VALID',
      'constraint sample_bytes on sample is not validated',
    ],
  ]),
  ...of('not null', [
    [
      'missing on a copied column',
      'ALTER TABLE tenant ALTER name DROP NOT NULL',
      'column name of tenant is text, but was text NOT NULL',
    ],
    [
      'missing on a key of others',
      'ALTER TABLE event ALTER sample_id DROP NOT NULL',
      'column sample_id of event is integer, but was integer NOT NULL',
    ],
  ]),
  ...of('default', [
    [
      'missing',
      'ALTER TABLE sample ALTER flag DROP DEFAULT',
      'column flag of sample is boolean, but was boolean DEFAULT true',
    ],
    [
      'another',
      'ALTER TABLE sample ALTER flag SET DEFAULT false',
      'column flag of sample is boolean DEFAULT false, but was boolean DEFAULT true',
    ],
    [
      'no id of its own',
      'ALTER TABLE event ALTER id DROP DEFAULT',
      `column id of event is integer NOT NULL, but was integer NOT NULL DEFAULT nextval('public.event_id_seq'::regclass)`,
    ],
    [
      'identity missing',
      'ALTER TABLE sample ALTER id DROP IDENTITY',
      'column id of sample is integer NOT NULL, but was integer NOT NULL GENERATED BY DEFAULT AS IDENTITY',
    ],
  ]),
  ...of('type', [
    [
      'wider',
      'ALTER TABLE sample ALTER small TYPE int8',
      'column small of sample is bigint, but was smallint',
    ],
    [
      'without its length',
      'ALTER TABLE sample ALTER short TYPE text',
      'column short of sample is text, but was character varying(20)',
    ],
    [
      'without its scale',
      'ALTER TABLE sample ALTER price TYPE numeric',
      'column price of sample is numeric, but was numeric(12,2)',
    ],
    [
      'text for jsonb',
      'ALTER TABLE sample ALTER doc TYPE text',
      'column doc of sample is text, but was jsonb',
    ],
    [
      'without its zone',
      `ALTER TABLE sample ALTER moment TYPE timestamp USING moment AT TIME ZONE 'UTC'`,
      'column moment of sample is timestamp without time zone, but was timestamp with time zone',
    ],
    [
      'another collation',
      'ALTER TABLE tenant ALTER name TYPE text COLLATE "C"',
      'column name of tenant is text COLLATE "C" NOT NULL, but was text NOT NULL',
    ],
    [
      'a label too many',
      `ALTER TYPE state ADD VALUE 'LOST'`,
      `column state of sample is public.state of 'DRAFT', 'SENT', 'PAID', 'LOST' DEFAULT 'DRAFT'::public.state, but was public.state of 'DRAFT', 'SENT', 'PAID' DEFAULT 'DRAFT'::public.state`,
    ],
    [
      'no longer generated',
      'ALTER TABLE sample ALTER loud DROP EXPRESSION',
      'column loud of sample is text, but was text GENERATED ALWAYS AS public.shout(base)',
    ],
  ]),
  ...of('trigger', [
    [
      'disabled',
      'ALTER TABLE event DISABLE TRIGGER keep_events',
      'trigger keep_events on event is CREATE TRIGGER keep_events BEFORE DELETE ON public.event FOR EACH ROW EXECUTE FUNCTION public.refuse(), disabled, but was CREATE TRIGGER keep_events BEFORE DELETE ON public.event FOR EACH ROW EXECUTE FUNCTION public.refuse()',
    ],
    ['missing', 'DROP TRIGGER keep_events ON event', 'trigger keep_events on event is missing'],
  ]),
  ...of('sequence', [
    [
      'nobody’s',
      'ALTER SEQUENCE event_id_seq OWNED BY NONE',
      'the sequence of column id of event is missing',
    ],
    [
      'another step',
      'ALTER SEQUENCE event_id_seq INCREMENT -1',
      'the sequence of column id of event is public.event_id_seq AS integer INCREMENT -1 MINVALUE 1 MAXVALUE 2147483647, but was public.event_id_seq AS integer INCREMENT 1 MINVALUE 1 MAXVALUE 2147483647',
    ],
    [
      'an early end',
      'ALTER SEQUENCE event_id_seq MAXVALUE 1000 CYCLE',
      'the sequence of column id of event is public.event_id_seq AS integer INCREMENT 1 MINVALUE 1 MAXVALUE 1000 CYCLE, but was public.event_id_seq AS integer INCREMENT 1 MINVALUE 1 MAXVALUE 2147483647',
    ],
  ]),
  ...of('table', [
    ['lost by a crash', 'ALTER TABLE loose SET UNLOGGED', 'table loose is unlogged, but was logged'],
    [
      'rows hidden from others',
      'ALTER TABLE loose ENABLE ROW LEVEL SECURITY',
      'table loose is logged, row security, but was logged',
    ],
  ]),
];

/** What leaves nothing to compare: said as an error, not as a list. */
export const LOST_PARTS: readonly (readonly [defect: string, sql: string, says: string])[] = [
  ['a column is gone', 'ALTER TABLE sample DROP COLUMN token', 'column token of sample is missing'],
  ['a column has another name', 'ALTER TABLE pair RENAME value TO worth', 'column value of pair is missing'],
  ['a table is gone', 'DROP TABLE pair', 'table pair is missing'],
  ['a table has another name', 'ALTER TABLE loose RENAME TO lost', 'table loose is missing'],
];

/** A sequence that would hand out an id which is taken, or was. */
export const SEQUENCE_DEFECTS: readonly (readonly [
  defect: string,
  sql: string,
  behind: { table: string; next: bigint; highest: bigint },
])[] = [
  ['one behind', `SELECT setval('event_id_seq', 2)`, { table: 'event', next: 3n, highest: 3n }],
  ['not called yet', `SELECT setval('event_id_seq', 3, false)`, { table: 'event', next: 3n, highest: 3n }],
  ['restarted', 'ALTER SEQUENCE event_id_seq RESTART', { table: 'event', next: 1n, highest: 3n }],
  [
    'behind an id that is no longer there',
    `SELECT setval('tenant_id_seq', 2)`,
    { table: 'tenant', next: 3n, highest: 9n },
  ],
  [
    'of an identity column',
    'ALTER TABLE sample ALTER id RESTART',
    { table: 'sample', next: 1n, highest: 4n },
  ],
];
