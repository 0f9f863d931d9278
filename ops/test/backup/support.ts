import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, onTestFinished } from 'vitest';
import { call } from '../support/call.ts';
import { type Outcome, type Running, root, start } from '../support/run-script.ts';

export const sample = join(root, 'ops/fixtures/legacy.db');

/** A PATH with nothing on it. */
export const EMPTY_PATH = '/nonexistent';

/** Registers what is done at an end: of the test, or of all of them; tests that run side by side have their own. */
export type Finished = (work: () => void | Promise<void>) => void;

/** For what is made in a hook, where no other hook can be registered; call it beside the tests. */
export function afterAllTests(): Finished {
  const work: (() => void | Promise<void>)[] = [];
  afterAll(async () => {
    for (const next of work.reverse()) await next();
  });
  return (next) => void work.push(next);
}

export function temporaryFolder(finished: Finished = onTestFinished): string {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-backup-test-'));
  finished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts one of the commands without npm, which would stand between it and a signal. */
export function startOps(args: readonly string[], env: Record<string, string> = {}): Running {
  return start(process.execPath, [join(root, 'ops/bin/vatevo-ops.mjs'), ...args], { env });
}

export function ops(args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
  return call(args, env);
}

/** Makes a backup that must succeed, and gives its folder. */
export async function backUp(args: readonly string[], env: Record<string, string> = {}): Promise<string> {
  const outcome = await ops(['backup', '--json', ...args], env);
  if (outcome.code !== 0) throw new Error(outcome.stderr);
  return JSON.parse(outcome.stdout).backup.folder;
}

export function manifestOf(folder: string) {
  return JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
}

/** A copy of a backup, to be spoilt. */
export function copyOf(folder: string, finished?: Finished): string {
  const copy = join(temporaryFolder(finished), 'copy');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

/** Makes a spoilt backup's checksums right again, as somebody would who wants to deceive. */
export function forge(folder: string, changes: object = {}): void {
  const manifest = { ...manifestOf(folder), ...changes };
  for (const file of manifest.files) {
    const bytes = readFileSync(join(folder, file.name));
    file.bytes = bytes.length;
    file.sha256 = sha256(bytes);
  }
  const text = JSON.stringify(manifest);
  writeFileSync(join(folder, 'manifest.json'), text);
  writeFileSync(join(folder, 'SHA256SUMS'), `${sha256(text)}  manifest.json\n`);
}

function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

interface SqliteContent {
  readonly schema: readonly { type: string; name: string; sql: string | null }[];
  readonly rows: readonly (readonly [name: string, rows: unknown[]])[];
  readonly settings: readonly unknown[];
}

/** Everything that can be seen of a SQLite file, read without any of the code that backs it up. */
export function contentOf(file: string): SqliteContent {
  const db = new Database(file);
  try {
    db.defaultSafeIntegers(true);
    const schema = db
      .prepare('SELECT type, name, tbl_name, sql FROM sqlite_schema ORDER BY type, name')
      .all() as unknown as SqliteContent['schema'];
    const readable = schema.filter(({ type }) => type === 'table' || type === 'view');
    const rows = readable.map(({ name }) => {
      const table = `"${name.replaceAll('"', '""')}"`;
      const columns = db.prepare(`SELECT * FROM ${table}`).columns();
      const bytes = columns.map((column) => `hex("${column.name.replaceAll('"', '""')}")`);
      return [
        name,
        db
          .prepare(`SELECT *, ${bytes.join(', ')} FROM ${table}`)
          .raw()
          .all(),
      ] as const;
    });
    const settings = [
      'encoding',
      'page_size',
      'auto_vacuum',
      'user_version',
      'application_id',
      'journal_mode',
    ];
    return { schema, rows, settings: settings.map((name) => [name, db.pragma(name, { simple: true })]) };
  } finally {
    db.close();
  }
}
