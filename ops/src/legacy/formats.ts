import type { Format, Formats } from '@vatevo/mover/transfer';
import { CommandError, ExitCode } from '@vatevo/shell';
import { openSource } from '@vatevo/transfer';
import type { ClientBase } from 'pg';
import { legacyMapping, ownMapping } from './mapping.ts';
import { ownFormat } from './own-format.ts';

const OWN: Format = { name: 'own', title: 'our own format', mapping: ownMapping };
const LEGACY: Format = {
  name: 'legacy',
  title: 'legacy format',
  mapping: legacyMapping,
  refuse: async (client) => ((await isStrangers(client)) ? notOurs() : undefined),
};

/** What each table of the legacy format has, and another application's of the same name need not have. */
const LEGACY_TABLES: Readonly<Record<string, readonly string[]>> = {
  tenants: ['id', 'api_key'],
  invoices: ['id', 'tenant_id', 'external_id', 'invoice_number'],
  webhook_events: ['id', 'invoice_id', 'event_type', 'payload'],
};

/** Vatevo's formats: ours hashes the tenants' keys, the legacy one holds them. */
export const vatevoFormats: Formats = {
  recognise(file, readable) {
    const columns = readColumns(readable);
    if (columns('tenants').includes('api_key_hash')) return OWN;
    const isLegacy = Object.entries(LEGACY_TABLES).every(([table, known]) =>
      known.every((name) => columns(table).includes(name)),
    );
    if (isLegacy) return LEGACY;
    throw new CommandError(
      ExitCode.sourceRefused,
      `${file} is a SQLite database, but not one of Vatevo's: it has no table tenants with a column api_key_hash, and is not of the legacy format as a whole (${Object.keys(LEGACY_TABLES).join(', ')}).`,
      {
        remedy: [
          'Check that --source names the right file.',
          'Any other database moves with "pnpm mover transfer".',
        ],
      },
    );
  },
  back: OWN,
  returning: ownFormat,
};

/** Another application may have tenants, too: what the legacy format leaves to us is not meant for its table. */
async function isStrangers(client: ClientBase): Promise<boolean> {
  const { rows } = await client.query<{ ours: boolean }>(
    `SELECT bool_or(attname = 'api_key_hash') AS ours FROM pg_attribute
      WHERE attrelid = to_regclass('public.tenants') AND attnum > 0 AND NOT attisdropped`,
  );
  return rows[0]?.ours === false;
}

function notOurs(): CommandError {
  return new CommandError(
    ExitCode.notReady,
    'The target is not a database of Vatevo: its table tenants has no column api_key_hash.',
    { remedy: ['Check that POSTGRES_URL names the right database.'] },
  );
}

function readColumns(file: string): (table: string) => readonly unknown[] {
  const db = openSource(file);
  try {
    const all = db
      .prepare<[], { tables: string; name: string }>(
        `SELECT m.name AS tables, c.name FROM sqlite_schema m, pragma_table_info(m.name) c WHERE m.type = 'table'`,
      )
      .all();
    return (table) => all.filter(({ tables }) => tables === table).map(({ name }) => name);
  } finally {
    db.close();
  }
}
