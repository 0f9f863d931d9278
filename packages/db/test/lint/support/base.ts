import { createHash } from 'node:crypto';
import { lintMigrations } from '../../../src/check/lint/lint-migrations.ts';
import type { MigrationFile } from '../../../src/migrations/folder.ts';

/** The first migration of the tests: what a live database has. */
export const BASE = `
CREATE TYPE status AS ENUM ('DRAFT', 'SENT');
CREATE DOMAIN positive AS integer CHECK (VALUE > 0);
CREATE TABLE tenants (id SERIAL PRIMARY KEY, name TEXT NOT NULL);
CREATE TABLE invoices (
  id SERIAL,
  tenant_id INTEGER NOT NULL,
  number VARCHAR(20),
  amount NUMERIC(12, 2),
  status status NOT NULL DEFAULT 'DRAFT',
  pages positive,
  note TEXT,
  sent_at TIMESTAMPTZ(3),
  code TEXT NOT NULL,
  iban VARCHAR(34) CHECK (iban <> ''),
  town VARCHAR(50),
  street VARCHAR(50) COLLATE "C",
  PRIMARY KEY (tenant_id, id)
);
CREATE INDEX invoices_number_idx ON invoices (number);
CREATE INDEX invoices_town_idx ON invoices (lower(town));
CREATE INDEX invoices_street_idx ON invoices (street);
CREATE VIEW drafts AS SELECT tenant_id FROM invoices WHERE status = 'DRAFT';
CREATE MATERIALIZED VIEW totals AS SELECT tenant_id, count(*) AS invoices FROM invoices GROUP BY tenant_id;
CREATE UNIQUE INDEX totals_key ON totals (tenant_id);
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$;
CREATE TRIGGER touch BEFORE UPDATE ON invoices FOR EACH ROW EXECUTE FUNCTION touch();
CREATE SEQUENCE numbers;
`;

function migration(index: number, script: string): MigrationFile {
  const name = `202601${String(index + 1).padStart(2, '0')}000000_m${index}`;
  return { name, script, checksum: createHash('sha256').update(script).digest('hex') };
}

/** Lints scripts that come, one migration each, after the base. */
export function lint(...scripts: readonly string[]) {
  return lintMigrations([BASE, ...scripts].map((script, index) => migration(index, script)));
}

/** The rules that are broken, in order. */
export async function broken(...scripts: readonly string[]): Promise<string[]> {
  return (await lint(...scripts)).map(({ problem }) => /^([a-z-]+): /.exec(problem)?.[1] ?? problem);
}
