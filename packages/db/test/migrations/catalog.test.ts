import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { formatCatalog, parseCatalog } from '../../src/migrations/catalog/catalog-text.ts';
import { readCatalog } from '../../src/migrations/catalog/read-catalog.ts';
import { prismaFiles } from '../../src/migrations/folder.ts';
import { deployMigrations } from '../../src/migrations/index.ts';
import { emptyPostgres, query } from '../support/sql.ts';

describe('the catalog of a PostgreSQL database', () => {
  it('holds everything that a statement makes, with its definition', async () => {
    const { target } = await emptyPostgres();
    await query(target, 'CREATE TABLE t (id int PRIMARY KEY, a text, b int)');
    const made: readonly [string, string, RegExp][] = [
      ['schema', 'CREATE SCHEMA other', /^schema \| other$/m],
      ['enum', `CREATE TYPE mood AS ENUM ('sad', 'it''s')`, /^enum \| mood :: 'sad', 'it''s'$/m],
      [
        'domain',
        'CREATE DOMAIN pos AS int NOT NULL CHECK (VALUE > 0)',
        /^domain \| pos :: integer NOT NULL CHECK/m,
      ],
      [
        'sequence',
        'CREATE SEQUENCE s INCREMENT 5 CYCLE',
        /^sequence \| s :: AS bigint .*INCREMENT 5 .*CYCLE$/m,
      ],
      [
        'column',
        'ALTER TABLE t ADD c int GENERATED ALWAYS AS (b + 1) STORED',
        /^column \| t\.c :: integer GENERATED AS \(b \+ 1\)$/m,
      ],
      [
        'constraint',
        'ALTER TABLE t ADD CONSTRAINT pos CHECK (b > 0) NOT VALID',
        /^constraint \| t\.pos :: CHECK .*NOT VALID$/m,
      ],
      ['index', 'CREATE INDEX part ON t (b) WHERE a IS NULL', /^index \| t\.part :: .*WHERE \(a IS NULL\)$/m],
      ['statistics', 'CREATE STATISTICS st ON a, b FROM t', /^statistics \| st :: /m],
      [
        'policy',
        'CREATE POLICY p ON t FOR SELECT USING (b = 1)',
        /^policy \| t\.p :: PERMISSIVE FOR SELECT TO PUBLIC USING/m,
      ],
      ['row security', 'ALTER TABLE t ENABLE ROW LEVEL SECURITY', /^table \| t :: ROW LEVEL SECURITY$/m],
      [
        'function',
        `CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$`,
        /^function \| f\(\) :: CREATE OR REPLACE FUNCTION/m,
      ],
      [
        'trigger',
        'CREATE TRIGGER tr BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION f()',
        /^trigger \| t\.tr :: CREATE TRIGGER/m,
      ],
      ['rule', 'CREATE RULE r AS ON DELETE TO t DO INSTEAD NOTHING', /^rule \| t\.r :: /m],
      ['view', 'CREATE VIEW v AS SELECT id FROM t', /^view \| v :: {2}SELECT id/m],
      ['extension', 'CREATE EXTENSION hstore', /^extension \| hstore$/m],
      ['grant', 'GRANT SELECT ON t TO PUBLIC', /^grant \| table t :: PUBLIC=SELECT$/m],
      ['column’s grant', 'GRANT UPDATE (a) ON t TO PUBLIC', /^grant \| column t\.a :: PUBLIC=UPDATE$/m],
    ];
    for (const [what, statement, line] of made) {
      expect({ what, text: formatCatalog(await readCatalog(target)) }).not.toEqual({
        what,
        text: expect.stringMatching(line),
      });
      await query(target, statement);
      expect({ what, text: formatCatalog(await readCatalog(target)) }).toEqual({
        what,
        text: expect.stringMatching(line),
      });
    }
  });

  it('leaves out what extensions brought, the transfer’s ledger, temporary tables and Prisma’s own', async () => {
    const { target } = await emptyPostgres();
    await deployMigrations(target);
    const before = await readCatalog(target);
    expect(formatCatalog(before)).not.toContain('_prisma_migrations');
    await query(
      target,
      `CREATE EXTENSION hstore; CREATE EXTENSION pg_stat_statements;
       CREATE SCHEMA vatevo_transfer; CREATE TABLE vatevo_transfer.run (id serial PRIMARY KEY, a int CHECK (a > 0));
       CREATE VIEW vatevo_transfer.v AS SELECT 1 AS one; GRANT ALL ON vatevo_transfer.run TO PUBLIC;
       CREATE FUNCTION vatevo_transfer.f() RETURNS int LANGUAGE sql RETURN 1;
       CREATE TYPE vatevo_transfer.mood AS ENUM ('a');`,
    );
    const added = (await readCatalog(target)).filter(
      ({ kind, name }) => !before.some((entry) => entry.kind === kind && entry.name === name),
    );
    expect(added).toEqual([
      { kind: 'extension', name: 'hstore', definition: '' },
      { kind: 'extension', name: 'pg_stat_statements', definition: '' },
    ]);
  });

  it('does not depend on the session’s search path or on who owns the tables', async () => {
    const { target } = await emptyPostgres();
    await deployMigrations(target);
    const before = formatCatalog(await readCatalog(target));
    const role = `owner_${target.database}`;
    await query(
      target,
      `CREATE ROLE ${role}; ALTER TABLE tenants OWNER TO ${role}; CREATE SCHEMA AUTHORIZATION postgres;
       ALTER DATABASE ${target.database} SET search_path = postgres`,
    );
    const after = formatCatalog(await readCatalog(target));
    await query(target, `REASSIGN OWNED BY ${role} TO postgres; DROP OWNED BY ${role}; DROP ROLE ${role}`);
    expect(after.replace('schema | postgres\n\n', '')).toBe(before);
  });
});

describe('the text of a catalog', () => {
  it.each(['postgres', 'sqlite'] as const)('is read back as it was written: %s', async (kind) => {
    const text = await readFile(prismaFiles(kind).catalog, 'utf8');
    expect(formatCatalog(parseCatalog(text))).toBe(text);
  });

  it('keeps definitions of several lines, and odd names', () => {
    const entries = [
      { kind: 'table', name: '"a | b"', definition: '' },
      { kind: 'event trigger', name: 'e', definition: 'line\n\n  indented :: line' },
    ];
    expect(parseCatalog(formatCatalog(entries))).toEqual(entries);
  });
});
