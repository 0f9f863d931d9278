import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from './support/sql.ts';
import { callOps, callTransfer } from './transfer/support/command.ts';
import { makeSource } from './transfer/support/source.ts';
import { Targets } from './transfer/support/target.ts';

const ABOVE_31 = 2n ** 31n + 5n;
const LAST = 2n ** 53n - 1n;

let folder: string;
let targets: Targets;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vatevo-wide-ids-'));
  targets = await Targets.prepare();
});
afterAll(async () => {
  await targets.dropAll();
  rmSync(folder, { recursive: true, force: true });
});

/** A legacy file in which two invoices and the last events have ids beyond 32 bits. */
function wideSource(name: string, last = LAST): string {
  const file = makeSource(folder, name, 30);
  const db = new Database(file);
  db.pragma('foreign_keys = OFF');
  const [first, second] = db.prepare('SELECT id FROM invoices ORDER BY id LIMIT 2').pluck().all() as number[];
  const events = db.prepare('SELECT max(id) FROM webhook_events').pluck().get() as number;
  for (const [from, to] of [
    [first, ABOVE_31],
    [second, last],
  ]) {
    db.prepare('UPDATE webhook_events SET invoice_id = ? WHERE invoice_id = ?').run(to, from);
    db.prepare('UPDATE invoices SET id = ? WHERE id = ?').run(to, from);
  }
  db.prepare('UPDATE webhook_events SET id = ? WHERE id = ?').run(ABOVE_31, events);
  db.prepare('UPDATE webhook_events SET id = ? WHERE id = ?').run(LAST, events - 1);
  db.close();
  return file;
}

/** A legacy file of which every id is beyond 32 bits, and the last ones are the last that there are. */
function lastSource(name: string): string {
  const file = makeSource(folder, name, 30);
  const db = new Database(file);
  db.pragma('foreign_keys = OFF');
  const ahead = (table: string) =>
    LAST - BigInt(db.prepare(`SELECT max(id) FROM ${table}`).pluck().get() as number);
  const [invoices, events] = [ahead('invoices'), ahead('webhook_events')];
  db.prepare('UPDATE invoices SET id = id + ?').run(invoices);
  db.prepare('UPDATE webhook_events SET id = id + ?, invoice_id = invoice_id + ?').run(events, invoices);
  db.close();
  return file;
}

/** The ids that are beyond 32 bits, and to which invoices events of any kind point that are. */
const WIDE = `
  SELECT 'invoice' AS what, CAST(id AS text) AS id FROM invoices WHERE id > 2147483647
  UNION ALL SELECT 'event', CAST(id AS text) FROM webhook_events WHERE id > 2147483647
  UNION ALL SELECT DISTINCT 'event of', CAST(invoice_id AS text) FROM webhook_events WHERE invoice_id > 2147483647
  ORDER BY 1, 2`;

const expected = (file: string): unknown[] => {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare(WIDE).all();
  } finally {
    db.close();
  }
};

async function done(command: string, args: readonly string[], url: string): Promise<string> {
  const { code, stdout, stderr } = await callOps(command, args, url);
  expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: '' });
  return stdout;
}

it('ids up to 2^53 - 1 move there, back and into a backup', async () => {
  const source = lastSource('moved.db');
  const wide = expected(source);
  expect(wide).toContainEqual({ what: 'event', id: String(LAST) });
  const url = await targets.create();
  await done('cutover', ['start', '--source', source], url);
  await done('cutover', ['finish', '--source', source], url);
  expect(await sql(url, WIDE)).toEqual(wide);
  await sql(url, `UPDATE invoices SET currency = 'USD' WHERE id = ${LAST}`);
  await sql(url, `UPDATE webhook_events SET delivered = NOT delivered WHERE id = ${LAST}`);
  await done('verify', ['--source', source], url);

  const backups = join(folder, 'backups');
  const { backup } = JSON.parse(await done('backup', ['--json', '--to', backups], url));
  const restored = await targets.create();
  await targets.drop(restored);
  await done('restore', ['--from', backup.folder], restored);
  expect(await sql(restored, WIDE)).toEqual(wide);
  await sql(restored.replace(/[^/]*$/, 'postgres'), `DROP DATABASE ${new URL(restored).pathname.slice(1)}`);

  const own = join(folder, 'own.db');
  await done('rollback', ['--to', own], url);
  expect(expected(own)).toEqual(wide);
});

it('ids beyond 32 bits are transferred and proven, and the next ones come behind them', async () => {
  const source = wideSource('transferred.db', LAST - 1n);
  const url = await targets.create();
  await done('transfer', ['--source', source, '--report', join(folder, 'reports')], url);
  await done('verify', ['--source', source], url);
  expect(await sql(url, WIDE)).toEqual(expected(source));
  expect(await sql(url, `SELECT nextval('invoices_id_seq')::text AS next`)).toEqual([{ next: String(LAST) }]);
});

it('an id from 2^53 on is refused by name before anything is loaded', async () => {
  const source = wideSource('refused.db', 2n ** 53n);
  const url = await targets.create();
  const inspected = await callOps('inspect', ['--source', source], url);
  expect(inspected.code).not.toBe(0);
  expect(inspected.stderr).toContain('invoices_id_seq of invoices.id ends at 9007199254740991');
  expect(inspected.stderr).toContain('give such rows other values, or, if the column may hold them,');
  const { code, stderr } = await callTransfer(source, url);
  expect(code).not.toBe(0);
  expect(stderr).toContain('9007199254740992 was given out');
  expect(await sql(url, 'SELECT FROM invoices')).toEqual([]);
});
