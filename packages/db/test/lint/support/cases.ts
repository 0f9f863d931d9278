export interface Case {
  readonly rule: string;
  /** A migration that breaks the rule and no other. */
  readonly bad: string;
  /** The same end by safe ways: each a row of migrations that pass. */
  readonly safe?: readonly (readonly string[])[];
  /** What the finding says of a live database, to be proved on one. */
  readonly claim?: {
    /** The strongest lock that it takes on a table, `invoices` when not named. */
    readonly lock?: 'AccessExclusiveLock' | 'ShareRowExclusiveLock' | 'ShareLock';
    readonly table?: string;
    readonly rewrites?: boolean;
    readonly reads?: boolean;
    /** It fails, with this in the message. */
    readonly fails?: RegExp;
    /** Cannot run in a transaction, so its lock shows by whom it waits for. */
    readonly outside?: boolean;
  };
}

const rewrites = { lock: 'AccessExclusiveLock', rewrites: true } as const;
const readsAll = { lock: 'AccessExclusiveLock', rewrites: false, reads: true } as const;

const NUMBER_NOT_NULL = [
  'ALTER TABLE invoices ADD CONSTRAINT number_set CHECK (number IS NOT NULL) NOT VALID;',
  'ALTER TABLE invoices VALIDATE CONSTRAINT number_set;',
];

export const CASES: readonly Case[] = [
  {
    rule: 'create-index',
    bad: 'CREATE INDEX i ON invoices (note);',
    safe: [['CREATE INDEX CONCURRENTLY i ON invoices (note);']],
    claim: { lock: 'ShareLock' },
  },
  {
    rule: 'create-index',
    bad: 'CREATE UNIQUE INDEX i ON public."invoices" (tenant_id, note) WHERE note IS NOT NULL;',
  },
  {
    rule: 'index-if-not-exists',
    bad: 'CREATE INDEX CONCURRENTLY IF NOT EXISTS i ON invoices (note);',
    safe: [['CREATE INDEX CONCURRENTLY i ON invoices (note);']],
  },
  {
    rule: 'drop-index',
    bad: 'DROP INDEX invoices_number_idx;',
    safe: [['DROP INDEX CONCURRENTLY invoices_number_idx;']],
    claim: { lock: 'AccessExclusiveLock' },
  },
  {
    rule: 'not-alone',
    bad: 'CREATE INDEX CONCURRENTLY i ON invoices (note); COMMENT ON TABLE invoices IS $$x$$;',
    claim: { fails: /cannot (run inside|be executed within) a/ },
  },
  {
    rule: 'not-alone',
    bad: 'SELECT 1; DROP INDEX CONCURRENTLY invoices_number_idx;',
    claim: { fails: /cannot (run inside|be executed within) a/ },
  },
  {
    rule: 'not-alone',
    bad: 'SELECT 1; VACUUM (ANALYZE, FULL off) invoices;',
    safe: [['VACUUM (ANALYZE) invoices;']],
    claim: { fails: /cannot (run inside|be executed within) a/ },
  },
  {
    rule: 'add-column-rewrite',
    bad: 'ALTER TABLE invoices ADD COLUMN token uuid DEFAULT gen_random_uuid();',
    safe: [
      [
        'ALTER TABLE invoices ADD COLUMN token uuid; ALTER TABLE invoices ALTER COLUMN token SET DEFAULT gen_random_uuid();',
      ],
      ['ALTER TABLE invoices ADD COLUMN made_at timestamptz NOT NULL DEFAULT CURRENT_TIMESTAMP;'],
      ["ALTER TABLE invoices ADD COLUMN made_at timestamptz DEFAULT now() - interval '1 day';"],
      ["ALTER TABLE invoices ADD COLUMN data jsonb NOT NULL DEFAULT '{}', ADD COLUMN n int DEFAULT 1 + 2;"],
    ],
    claim: rewrites,
  },
  { rule: 'add-column-rewrite', bad: 'ALTER TABLE invoices ADD COLUMN no BIGSERIAL;', claim: rewrites },
  {
    rule: 'add-column-rewrite',
    bad: 'ALTER TABLE invoices ADD COLUMN no INT GENERATED ALWAYS AS IDENTITY;',
    claim: rewrites,
  },
  {
    rule: 'add-column-rewrite',
    bad: 'ALTER TABLE invoices ADD COLUMN big numeric GENERATED ALWAYS AS (amount * 2) STORED;',
    safe: [['ALTER TABLE invoices ADD COLUMN big numeric GENERATED ALWAYS AS (amount * 2) VIRTUAL;']],
    claim: rewrites,
  },
  {
    rule: 'add-column-rewrite',
    bad: 'ALTER TABLE invoices ADD COLUMN copies positive DEFAULT 1;',
    claim: rewrites,
  },
  {
    rule: 'add-column-required',
    bad: 'ALTER TABLE invoices ADD COLUMN kind text NOT NULL;',
    safe: [
      ["ALTER TABLE invoices ADD COLUMN kind text NOT NULL DEFAULT 'plain';"],
      ['ALTER TABLE invoices ADD COLUMN kind text;'],
    ],
    claim: { fails: /contains null values/ },
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN id TYPE bigint;',
    claim: rewrites,
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN amount TYPE numeric(14, 3);',
    safe: [
      ['ALTER TABLE invoices ALTER COLUMN amount TYPE numeric(14, 2);'],
      ['ALTER TABLE invoices ALTER COLUMN amount TYPE numeric;'],
      ['ALTER TABLE invoices ALTER COLUMN amount TYPE numeric(12, 2);'],
    ],
    claim: rewrites,
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN number TYPE varchar(10);',
    safe: [
      ['ALTER TABLE invoices ALTER COLUMN number TYPE varchar(40);'],
      ['ALTER TABLE invoices ALTER COLUMN number TYPE varchar;'],
      ['ALTER TABLE invoices ALTER COLUMN number TYPE text;'],
    ],
    claim: rewrites,
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN note TYPE varchar(200);',
    safe: [['ALTER TABLE invoices ALTER COLUMN note TYPE varchar;']],
    claim: rewrites,
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN sent_at TYPE timestamptz(1);',
    safe: [
      ['ALTER TABLE invoices ALTER COLUMN sent_at TYPE timestamptz(6);'],
      ['ALTER TABLE invoices ALTER COLUMN sent_at TYPE timestamptz;'],
    ],
    claim: rewrites,
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN sent_at TYPE timestamp(3);',
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN note TYPE text USING upper(note);',
    claim: rewrites,
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN iban TYPE varchar(40);',
    safe: [
      [
        'ALTER TABLE invoices DROP CONSTRAINT invoices_iban_check; ALTER TABLE invoices ALTER COLUMN iban TYPE varchar(40);',
      ],
    ],
    claim: readsAll,
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN town TYPE text;',
    safe: [
      ['DROP INDEX CONCURRENTLY invoices_town_idx;', 'ALTER TABLE invoices ALTER COLUMN town TYPE text;'],
    ],
    claim: { lock: 'AccessExclusiveLock', table: 'invoices_town_idx', rewrites: true },
  },
  {
    rule: 'alter-column-type',
    bad: 'ALTER TABLE invoices ALTER COLUMN street TYPE varchar(60);',
    claim: { table: 'invoices_street_idx', rewrites: true },
  },
  {
    rule: 'set-not-null',
    bad: 'ALTER TABLE invoices ALTER COLUMN number SET NOT NULL;',
    safe: [
      [
        ...NUMBER_NOT_NULL,
        'ALTER TABLE invoices ALTER COLUMN number SET NOT NULL; ALTER TABLE invoices DROP CONSTRAINT number_set;',
      ],
      [
        "ALTER TABLE invoices ADD CONSTRAINT c CHECK (number IS NOT NULL AND number <> '') NOT VALID;",
        'ALTER TABLE invoices VALIDATE CONSTRAINT c;',
        'ALTER TABLE invoices ALTER COLUMN number SET NOT NULL;',
      ],
      [
        'ALTER TABLE invoices ADD CONSTRAINT c NOT NULL number NOT VALID;',
        'ALTER TABLE invoices VALIDATE CONSTRAINT c;',
      ],
      ['ALTER TABLE invoices ALTER COLUMN code SET NOT NULL;'],
    ],
    claim: readsAll,
  },
  {
    rule: 'set-not-null',
    bad: 'ALTER TABLE invoices ADD CONSTRAINT c NOT NULL number;',
    claim: readsAll,
  },
  {
    rule: 'add-foreign-key',
    bad: 'ALTER TABLE invoices ADD CONSTRAINT f FOREIGN KEY (tenant_id) REFERENCES tenants (id);',
    safe: [
      [
        'ALTER TABLE invoices ADD CONSTRAINT f FOREIGN KEY (tenant_id) REFERENCES tenants (id) NOT VALID;',
        'ALTER TABLE invoices VALIDATE CONSTRAINT f;',
      ],
      ['ALTER TABLE invoices ADD COLUMN payer_id INT REFERENCES tenants (id);'],
    ],
    claim: { lock: 'ShareRowExclusiveLock', rewrites: false, reads: true },
  },
  {
    rule: 'add-foreign-key',
    bad: 'ALTER TABLE invoices ADD FOREIGN KEY (tenant_id) REFERENCES tenants;',
    claim: { lock: 'ShareRowExclusiveLock', table: 'tenants' },
  },
  {
    rule: 'add-foreign-key',
    bad: 'ALTER TABLE invoices ADD COLUMN payer_id INT DEFAULT 1 REFERENCES tenants (id);',
    claim: readsAll,
  },
  {
    rule: 'add-check',
    bad: 'ALTER TABLE invoices ADD CONSTRAINT c CHECK (amount > 0);',
    safe: [
      [
        'ALTER TABLE invoices ADD CONSTRAINT c CHECK (amount > 0) NOT VALID;',
        'ALTER TABLE invoices VALIDATE CONSTRAINT c;',
      ],
    ],
    claim: readsAll,
  },
  {
    rule: 'add-check',
    bad: 'ALTER TABLE invoices ADD COLUMN weight int CHECK (weight > 0);',
    claim: readsAll,
  },
  {
    rule: 'add-check',
    bad: 'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 1000);',
    safe: [
      [
        'ALTER DOMAIN positive ADD CONSTRAINT small CHECK (VALUE < 1000) NOT VALID;',
        'ALTER TABLE invoices ADD CONSTRAINT small CHECK (pages < 1000) NOT VALID;',
        'ALTER TABLE invoices VALIDATE CONSTRAINT small;',
      ],
    ],
    claim: { lock: 'ShareLock', rewrites: false, reads: true },
  },
  {
    rule: 'add-check',
    bad: 'ALTER DOMAIN positive VALIDATE CONSTRAINT positive_check;',
  },
  {
    rule: 'add-check',
    bad: 'ALTER DOMAIN positive SET NOT NULL;',
    claim: { lock: 'ShareLock', reads: true },
  },
  {
    rule: 'validate-too-early',
    bad: 'ALTER TABLE invoices ADD CONSTRAINT c CHECK (amount > 0) NOT VALID; ALTER TABLE invoices VALIDATE CONSTRAINT c;',
    claim: readsAll,
  },
  {
    rule: 'add-unique',
    bad: 'ALTER TABLE invoices ADD CONSTRAINT u UNIQUE (tenant_id, number);',
    safe: [
      [
        'CREATE UNIQUE INDEX CONCURRENTLY u ON invoices (tenant_id, number);',
        'ALTER TABLE invoices ADD CONSTRAINT u UNIQUE USING INDEX u;',
      ],
    ],
    claim: { lock: 'AccessExclusiveLock', rewrites: false },
  },
  { rule: 'add-unique', bad: 'ALTER TABLE invoices ADD COLUMN slug text UNIQUE;' },
  {
    rule: 'add-unique',
    bad: 'ALTER TABLE invoices DROP CONSTRAINT invoices_pkey; ALTER TABLE invoices ADD PRIMARY KEY (id);',
    safe: [
      [
        'CREATE UNIQUE INDEX CONCURRENTLY i ON invoices (id);',
        'ALTER TABLE invoices DROP CONSTRAINT invoices_pkey, ADD CONSTRAINT invoices_pkey PRIMARY KEY USING INDEX i;',
      ],
    ],
    claim: { lock: 'AccessExclusiveLock', rewrites: false },
  },
  {
    rule: 'add-exclusion',
    bad: 'ALTER TABLE invoices ADD EXCLUDE USING btree (id WITH =);',
    claim: { lock: 'AccessExclusiveLock', rewrites: false },
  },
  { rule: 'rename', bad: 'ALTER TABLE invoices RENAME COLUMN note TO remark;' },
  { rule: 'rename', bad: 'ALTER TABLE invoices RENAME TO bills;' },
  { rule: 'rename', bad: 'ALTER VIEW drafts RENAME TO open_invoices;' },
  { rule: 'rename', bad: 'ALTER TYPE status RENAME TO state;' },
  { rule: 'rename', bad: 'CREATE SCHEMA old; ALTER TABLE invoices SET SCHEMA old;' },
  {
    rule: 'drop-column',
    bad: 'ALTER TABLE invoices DROP COLUMN note;',
    safe: [
      [
        '-- lint: allow drop-column because release 1.4 ignores it and no older one runs\nALTER TABLE invoices DROP COLUMN note;',
      ],
    ],
    claim: { lock: 'AccessExclusiveLock', rewrites: false, reads: false },
  },
  {
    rule: 'drop-column-in-use',
    bad: '-- lint: allow drop-column because release 1.4 ignores it and no older one runs\nALTER TABLE invoices DROP COLUMN code;',
    safe: [
      [
        'ALTER TABLE invoices ALTER COLUMN code DROP NOT NULL;',
        '-- lint: allow drop-column because release 1.4 ignores it and no older one runs\nALTER TABLE invoices DROP COLUMN code;',
      ],
    ],
  },
  {
    rule: 'drop-table',
    bad: 'DROP TABLE tenants;',
    safe: [['-- lint: allow drop-table because v1.4.0 was the first without it\nDROP TABLE tenants;']],
    claim: { lock: 'AccessExclusiveLock', table: 'tenants' },
  },
  { rule: 'drop-table', bad: 'DROP VIEW drafts;' },
  { rule: 'drop-object', bad: 'DROP SEQUENCE numbers;' },
  {
    rule: 'drop-cascade',
    bad: '-- lint: allow drop-object because the release 1.4 was the first without it\nDROP FUNCTION touch() CASCADE;',
    safe: [
      [
        'DROP TRIGGER touch ON invoices;\n-- lint: allow drop-object because release 1.4 was the first without it\nDROP FUNCTION touch();',
      ],
    ],
  },
  { rule: 'drop-cascade', bad: 'DROP OWNED BY CURRENT_USER;' },
  {
    rule: 'enum-value-used',
    bad: "ALTER TYPE status ADD VALUE 'PAID'; ALTER TABLE invoices ALTER COLUMN status SET DEFAULT 'PAID';",
    safe: [
      ["ALTER TYPE status ADD VALUE 'PAID';", "ALTER TABLE invoices ALTER COLUMN status SET DEFAULT 'PAID';"],
    ],
    claim: { fails: /unsafe use of new value/ },
  },
  { rule: 'enum-value-renamed', bad: "ALTER TYPE status RENAME VALUE 'SENT' TO 'GONE';" },
  {
    rule: 'unbounded-write',
    bad: "UPDATE invoices SET note = '' WHERE note IS NULL;",
    safe: [
      ["UPDATE invoices SET note = '' WHERE tenant_id = 1 AND id IN (1, 2, 3);"],
      ["UPDATE tenants SET name = 'x' WHERE id = 1;"],
      [
        "UPDATE invoices SET note = '' WHERE ctid IN (SELECT ctid FROM invoices WHERE note IS NULL LIMIT 100);",
      ],
    ],
  },
  { rule: 'unbounded-write', bad: 'DELETE FROM invoices WHERE tenant_id = 7;' },
  {
    rule: 'unbounded-write',
    bad: 'WITH gone AS (DELETE FROM invoices RETURNING id) SELECT count(*) FROM gone;',
  },
  {
    rule: 'unbounded-write',
    bad: 'MERGE INTO invoices AS i USING tenants AS t ON t.id = i.tenant_id WHEN MATCHED THEN UPDATE SET note = t.name;',
  },
  { rule: 'truncate', bad: 'TRUNCATE tenants;', claim: { lock: 'AccessExclusiveLock', table: 'tenants' } },
  { rule: 'rewrite-table', bad: 'ALTER TABLE invoices SET UNLOGGED;', claim: rewrites },
  { rule: 'rewrite-table', bad: 'ALTER TABLE invoices SET TABLESPACE pg_global;' },
  { rule: 'rewrite-table', bad: 'VACUUM FULL invoices;', claim: { ...rewrites, outside: true } },
  {
    rule: 'rewrite-table',
    bad: 'CLUSTER invoices USING invoices_pkey;',
    claim: rewrites,
  },
  {
    rule: 'rewrite-table',
    bad: 'REFRESH MATERIALIZED VIEW totals;',
    safe: [['REFRESH MATERIALIZED VIEW CONCURRENTLY totals;']],
    claim: { lock: 'AccessExclusiveLock', table: 'totals', rewrites: true },
  },
  {
    rule: 'reindex',
    bad: 'REINDEX TABLE invoices;',
    safe: [['REINDEX TABLE CONCURRENTLY invoices;'], ['REINDEX (CONCURRENTLY) INDEX invoices_number_idx;']],
    claim: { lock: 'ShareLock' },
  },
  {
    rule: 'reindex',
    bad: 'REINDEX INDEX invoices_number_idx;',
    claim: { lock: 'AccessExclusiveLock', table: 'invoices_number_idx' },
  },
  { rule: 'lock-table', bad: 'LOCK TABLE invoices IN SHARE MODE;', claim: { lock: 'ShareLock' } },
  { rule: 'disable-safeguard', bad: 'ALTER TABLE invoices DISABLE TRIGGER ALL;' },
  { rule: 'disable-safeguard', bad: 'ALTER TABLE invoices DISABLE ROW LEVEL SECURITY;' },
  { rule: 'disable-safeguard', bad: 'SET LOCAL session_replication_role = replica;' },
  { rule: 'session-setting', bad: 'SET LOCAL lock_timeout = 0;' },
  { rule: 'session-setting', bad: "SET statement_timeout TO '1h';" },
  { rule: 'session-setting', bad: 'RESET ALL;' },
  { rule: 'session-setting', bad: "SELECT pg_catalog.set_config('lock_timeout', '0', true);" },
  {
    rule: 'session-setting',
    bad: "SET work_mem = '1GB';",
    safe: [["SET LOCAL work_mem = '1GB';"], ["SELECT set_config('work_mem', '1GB', true);"]],
  },
  { rule: 'transaction-control', bad: 'COMMIT;' },
  { rule: 'transaction-control', bad: 'SAVEPOINT s;' },
  { rule: 'opaque', bad: "DO $$ BEGIN EXECUTE 'DROP TABLE invoices'; END $$;" },
];
