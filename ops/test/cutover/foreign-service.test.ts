import { chmodSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import Database from 'better-sqlite3';
import { expect, it, onTestFinished } from 'vitest';
import { type Running, root, start } from '../support/run-script.ts';
import { commandsOf, pathWithPnpm, type } from '../support/runbook.ts';
import { sql } from '../support/sql.ts';
import { LONG } from '../transfer/support/bench.ts';
import { makeSource } from '../transfer/support/source.ts';

const FILE = '/var/lib/vatevo/vatevo.db';
const PROCESSES = 3;

/** Of the old service, which is several processes and no unit here. */
const STOP = 'systemctl stop vatevo-legacy';
const START = 'systemctl start vatevo-legacy';

it('moves a service of several processes that is not ours by the words of the runbook, and back', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-foreign-'));
  const file = makeSource(folder, 'vatevo.db', 100);
  chmodSync(file, 0o640);
  const database = await testDatabase();
  const service = new Service(file);
  const env = {
    PATH: pathWithPnpm(folder),
    POSTGRES_URL: database.url,
    PORT: '0',
  };
  const api = start('node', [join(root, 'apps/api/dist/main.js')], { cwd: folder, env });
  onTestFinished(async () => {
    api.child.kill('SIGKILL');
    await Promise.all([api.ended, service.stop()]);
    await database.drop();
    rmSync(folder, { recursive: true });
  });
  let log = '';
  api.child.stdout?.on('data', (text) => {
    log += text;
  });

  const follow = async (line: string): Promise<string> => {
    if (line === STOP) return service.stop();
    if (line === START) return service.start();
    const typed = line
      .replace(FILE, file)
      .replace('/var/lib/vatevo', folder)
      .replace('http://127.0.0.1:3000', /"address":"([^"]+)"/.exec(log)?.[1] ?? '');
    const { code, stderr, stdout } = await type(typed, { cwd: folder, env });
    expect({ line, code, stderr }).toEqual({ line, code: 0, stderr: '' });
    return stdout;
  };

  service.start();
  const commands = commandsOf('A service that is not ours');
  const back = commands.findIndex((line) => line.includes('ops:rollback'));
  const said: Record<string, string> = {};
  for (const line of commands.slice(0, back)) {
    said[line] = await follow(line);
    if (line.includes('cutover')) await service.writes(5);
  }
  expect(said['curl -s http://127.0.0.1:3000/health/db']).toContain('{"status":"ok","database":"connected"}');
  const written = service.journal;
  expect(written.length).toBeGreaterThan(15);
  const numbers = async () =>
    (await sql<{ invoice_number: string }>(database.url, 'SELECT invoice_number FROM invoices')).map(
      ({ invoice_number }) => invoice_number,
    );
  expect(await numbers()).toEqual(expect.arrayContaining([...written]));

  // Back to the old service, which goes on from the hand-over.
  await sql(database.url, `UPDATE tenants SET name = 'since'`);
  for (const line of commands.slice(back, -1)) await follow(line);
  await service.writes(5);
  const own = join(folder, 'vatevo-new.db');
  expect(statSync(own).mode & 0o777).toBe(0o640);
  const db = new Database(own, { readonly: true });
  expect(db.prepare('SELECT DISTINCT name FROM tenants').pluck().all()).toEqual(['since']);
  db.close();

  if (!LONG) return;
  // And there again, to the end.
  const again = commands.filter(
    (line) => /cutover (start|finish|close)|ops:verify/.test(line) || line === STOP,
  );
  for (const line of again) await follow(line);
  expect(await numbers()).toEqual(expect.arrayContaining([...service.journal]));
}, 240_000);

/** The old service, and what it was told is written. */
class Service {
  #journal: string[] = [];
  #running: Running[] = [];
  #starts = 0;
  readonly #file: string;

  constructor(file: string) {
    this.#file = file;
  }

  get journal(): readonly string[] {
    return this.#journal;
  }

  start(): string {
    const program = join(import.meta.dirname, 'support/foreign-service.mjs');
    const round = this.#starts++;
    this.#running = Array.from({ length: PROCESSES }, (_, i) => {
      const running = start(process.execPath, [program, this.#file, `N${round}-${i}`]);
      running.child.stdout?.on('data', (text: string) => {
        this.#journal.push(...text.split('\n').filter((line) => line !== ''));
      });
      return running;
    });
    return '';
  }

  async stop(): Promise<string> {
    for (const { child } of this.#running) child.kill('SIGTERM');
    const ended = await Promise.all(this.#running.map((running) => running.ended));
    this.#running = [];
    for (const { stderr } of ended) expect(stderr.replaceAll(/^vatevo_cutover_fence.*\n/gm, '')).toBe('');
    return '';
  }

  /** Resolves when it has written so much more, or can write no more. */
  async writes(more: number): Promise<void> {
    const goal = this.#journal.length + more;
    const isFenced = () => {
      const db = new Database(this.#file, { readonly: true });
      try {
        const found = db.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'vatevo_cutover'`).get();
        return found !== undefined && db.prepare('SELECT state FROM vatevo_cutover').pluck().get() === 'left';
      } finally {
        db.close();
      }
    };
    await expect.poll(() => this.#journal.length >= goal || isFenced(), { timeout: 30_000 }).toBe(true);
  }
}
