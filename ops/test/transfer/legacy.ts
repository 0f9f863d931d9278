import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { onTestFinished } from 'vitest';
import { call } from '../support/call.ts';
import { preparedTarget } from '../support/prepared.ts';
import { type Outcome, root } from '../support/run-script.ts';
import { sql } from '../support/sql.ts';

/** A copy of a database that the old service wrote, and a migrated target for it. */
export interface LegacyMove {
  readonly folder: string;
  readonly file: string;
  readonly reports: string;
  run(command: 'inspect' | 'transfer' | 'verify', ...args: string[]): Promise<Outcome>;
  /** Moves another file than the copy. */
  transfer(file: string): Promise<Outcome>;
  readonly env: Record<string, string>;
  query<Row extends object>(statement: string): Promise<Row[]>;
}

/** @param changes statements that a lived-in file has seen */
export async function legacyMove(changes: string): Promise<LegacyMove> {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-ops-transfer-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const file = join(folder, 'vatevo.db');
  copyFileSync(join(root, 'ops/fixtures/legacy.db'), file);
  const db = new Database(file);
  // As the old service had it: declared, never enforced.
  db.pragma('foreign_keys = 0');
  db.exec(changes);
  db.close();
  const database = await preparedTarget();
  onTestFinished(() => database.drop());
  const env = { POSTGRES_URL: database.url, DB_SSL_MODE: 'disable' };
  const reports = join(folder, 'reports');
  return {
    folder,
    file,
    reports,
    run: (command, ...args) =>
      call(
        [command, '--source', file, ...(command === 'transfer' ? ['--report', reports] : []), ...args],
        env,
      ),
    transfer: (source) => call(['transfer', '--source', source, '--report', reports], env),
    env,
    query: (statement) => sql(database.url, statement),
  };
}
