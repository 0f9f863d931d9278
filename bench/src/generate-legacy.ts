import { existsSync, rmSync } from 'node:fs';
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import Database from 'better-sqlite3';
import { eventRow } from './legacy/event.ts';
import { invoiceRow } from './legacy/invoice.ts';
import { Random } from './legacy/random.ts';
import { readLegacySchema } from './legacy/schema.ts';
import { tenantRow } from './legacy/tenant.ts';
import { root } from './root.ts';

/** Counts up whenever the rows change, so that no cached file of an older shape is used. */
const GENERATOR_VERSION = 1;

/** Rows by table. */
export interface LegacyRows {
  readonly tenants: number;
  readonly invoices: number;
  readonly webhook_events: number;
}

/** Scale 1 is 1,000 tenants, 500,000 invoices, 1,000,000 events: about 1.3 GB. */
export function rowsAt(scale: number): LegacyRows {
  const scaled = (rows: number) => Math.max(1, Math.round(rows * scale));
  return { tenants: scaled(1_000), invoices: scaled(500_000), webhook_events: scaled(1_000_000) };
}

/**
 * A legacy-shaped file of this scale from the cache in `.local/bench`, made there when it is not.
 *
 * @returns its path
 */
export async function legacyFile(scale: number): Promise<string> {
  const file = join(root, `.local/bench/legacy-v${GENERATOR_VERSION}-x${scale}.db`);
  if (existsSync(file)) return file;
  await mkdir(dirname(file), { recursive: true });
  // Its final name is what says that it is whole.
  const unfinished = `${file}.${process.pid}`;
  try {
    generateLegacy(unfinished, rowsAt(scale));
    await rename(unfinished, file);
  } finally {
    rmSync(unfinished, { force: true });
  }
  return file;
}

/** Writes a new legacy-shaped SQLite file: the same bytes of data for the same counts, every time. */
export function generateLegacy(file: string, rows: LegacyRows): void {
  const { tables, indexes } = readLegacySchema();
  const db = new Database(file);
  try {
    // Nothing has to survive a crash: a file that is not finished is thrown away.
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma('locking_mode = EXCLUSIVE');
    for (const statement of tables) db.exec(statement);
    db.exec('BEGIN');
    fill(db, 'tenants', rows.tenants, (id, random) => tenantRow(id, rows.tenants, random));
    fill(db, 'invoices', rows.invoices, (id, random) => invoiceRow(id, rows.invoices, rows.tenants, random));
    fill(db, 'webhook_events', rows.webhook_events, (id, random) =>
      eventRow(id, rows.webhook_events, rows.invoices, random),
    );
    db.exec('COMMIT');
    for (const statement of indexes) db.exec(statement);
  } finally {
    db.close();
  }
}

/** Each table draws from a sequence of its own, so that a change to one leaves the others as they are. */
function fill(
  db: Database.Database,
  table: string,
  count: number,
  row: (id: number, random: Random) => unknown[],
): void {
  const random = new Random(Buffer.from(table).reduce((seed, byte) => Math.imul(seed, 31) + byte, 7));
  const columns = db.prepare('SELECT count(*) FROM pragma_table_info(?)').pluck().get(table) as number;
  const insert = db.prepare(`INSERT INTO "${table}" VALUES (${Array(columns).fill('?').join(', ')})`);
  for (let id = 1; id <= count; id++) insert.run(...row(id, random));
}
