import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Passing, startProxy } from '@vatevo/test-kit/message-proxy';
import Database from 'better-sqlite3';
import { expect } from 'vitest';
import { type Outcome, type Running, root } from '../../support/run-script.ts';
import { sql } from '../../support/sql.ts';
import { callOps, callTransfer, startOps } from '../../transfer/support/command.ts';
import { makeSource } from '../../transfer/support/source.ts';
import { contentOf, Targets } from '../../transfer/support/target.ts';

export type Step = 'start' | 'finish' | 'abort' | 'close' | 'rollback';

/** Rows that are written while a move is under way. */
const WRITES = `
  UPDATE tenants SET name = name || ' & Co' WHERE id % 2 = 0;
  DELETE FROM webhook_events WHERE id % 50 = 0;
  UPDATE webhook_events SET delivered = 1 - delivered WHERE id % 7 = 0;`;

/** A legacy file, targets for it, and what PostgreSQL must hold when it was moved. */
export class MoveBench {
  readonly folder = mkdtempSync(join(tmpdir(), 'vatevo-cutover-'));
  readonly targets: Targets;
  moved: Record<string, unknown> = {};
  readonly #pristine: string;
  #files = 0;

  private constructor(targets: Targets) {
    this.targets = targets;
    this.#pristine = makeSource(this.folder, 'pristine.db', 2_000);
  }

  /** @param server a superuser's URL; the shared server of the tests when omitted */
  static async open(server?: string): Promise<MoveBench> {
    const bench = new MoveBench(await Targets.prepare(server));
    const source = bench.source();
    write(source);
    const url = await bench.targets.create();
    const { code, stderr } = await callTransfer(source, url);
    if (code !== 0) throw new Error(stderr);
    bench.moved = await contentOf(url);
    await bench.targets.drop(url);
    return bench;
  }

  /** A new file, in the journal mode of the legacy service. */
  source(): string {
    const file = join(this.folder, `source-${this.#files++}.db`);
    copyFileSync(this.#pristine, file);
    return file;
  }

  async close(): Promise<void> {
    await this.targets.dropAll();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export function write(file: string): void {
  const db = new Database(file, { timeout: 10_000 });
  db.exec(WRITES);
  db.close();
}

function commandOf(step: Step | 'status', file: string): [command: string, ...args: string[]] {
  return step === 'rollback' ? ['rollback', '--to', file] : ['cutover', step, '--source', file];
}

export function begin(step: Step, file: string, url: string, env: Record<string, string> = {}): Running {
  const [command, ...args] = commandOf(step, file);
  return startOps(command, args, url, env);
}

/** Does a step in this process, where nothing comes in between. */
export function take(
  step: Step | 'status',
  file: string,
  url: string,
  env: Record<string, string> = {},
): Promise<Outcome> {
  const [command, ...args] = commandOf(step, file);
  return callOps(command, args, url, env);
}

export async function expectDone(step: Step, file: string, url: string): Promise<string> {
  const { code, stderr, stdout } = await take(step, file, url);
  expect({ step, code, stderr }).toEqual({ step, code: 0, stderr: '' });
  return stdout;
}

/** Runs a step until `when` holds of a message to PostgreSQL, and then does `disturb`, once. */
export async function disturbed(
  step: Step,
  file: string,
  url: string,
  when: (message: Passing) => boolean,
  disturb: (run: Running, message: Passing) => void | Promise<void>,
): Promise<Outcome & { messages: number }> {
  let run: Running | undefined;
  let done = false;
  const proxy = await startProxy(url, async (message) => {
    if (done || run === undefined || !when(message)) return;
    done = true;
    await disturb(run, message);
  });
  run = begin(step, file, proxy.url);
  try {
    return { ...(await run.ended), messages: proxy.passed };
  } finally {
    await proxy.close();
  }
}

/** Runs a step that dies at one of the transactions in which it writes to a SQLite file. */
export function killedAtCommit(step: Step, file: string, url: string, at: string): Promise<Outcome> {
  const preload = pathToFileURL(join(import.meta.dirname, 'kill-at-commit.mjs')).href;
  return begin(step, file, url, {
    NODE_OPTIONS: `--import=${preload}`,
    TEST_KILL_AT_COMMIT: at,
    TEST_RESOLVE_FROM: join(root, 'packages/cutover/package.json'),
  }).ended;
}

/** Which of the two takes a write now: never both. A server that no move has begun with does not count. */
export async function takers(file: string, url: string): Promise<string> {
  const [schema] = await sql<{ found: boolean }>(
    url,
    `SELECT to_regclass('vatevo_cutover.move') IS NOT NULL AS found`,
  );
  const moves = schema?.found ? await sql(url, 'SELECT FROM vatevo_cutover.move') : [];
  const there = await sql(url, `UPDATE tenants SET name = name`).then(
    () => true,
    (error: { code?: string }) => {
      expect(error.code).toBe('25006');
      return false;
    },
  );
  let here = false;
  if (existsSync(file)) {
    const db = new Database(file, { timeout: 10_000 });
    try {
      db.exec(`UPDATE tenants SET name = name`);
      here = true;
    } catch (error) {
      expect((error as Error).message).toMatch(/^vatevo_cutover_fence/);
    } finally {
      db.close();
    }
  }
  return (
    [here ? 'file' : '', there && moves.length > 0 ? 'server' : ''].filter(Boolean).join(' and ') || 'none'
  );
}
