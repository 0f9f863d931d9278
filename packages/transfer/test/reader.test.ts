import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, afterEach, beforeEach, expect, it } from 'vitest';
import { ReaderThreads } from '../dist/source/sqlite/readers/threads.js';
import { FileSnapshot } from '../dist/source/sqlite/snapshot.js';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-reader-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function makeFile(name: string, rows = 0): string {
  const file = join(folder, name);
  const db = new Database(file);
  db.exec('CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT); CREATE INDEX names ON item (name)');
  db.prepare(
    `WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n)
     INSERT INTO item SELECT n, hex(randomblob(20)) FROM n LIMIT ?`,
  ).run(rows);
  db.close();
  return file;
}

const file = makeFile('first.db');
const other = makeFile('second.db');

let threads: ReaderThreads;
let started = 0;
const count = () => started++;
beforeEach(() => {
  threads = new ReaderThreads();
  started = 0;
  process.on('worker', count);
});
afterEach(async () => {
  process.off('worker', count);
  await threads.close();
});

it('a reader refuses a second task while it is at work, and goes on with the first', async () => {
  const snapshot = await FileSnapshot.open(file, 1, threads);
  await snapshot.withReader(async (reader) => {
    const first = reader.run({ kind: 'integrity' });
    await expect(reader.run({ kind: 'integrity' })).rejects.toThrow(/second task/);
    expect(await first).toEqual([]);
    expect(await reader.run({ kind: 'integrity' })).toEqual([]);
  });
  await snapshot.close();
});

it('threads that have let a file go read the next one, and no view of the old one has them any more', async () => {
  const first = await FileSnapshot.open(file, 2, threads);
  await first.close();
  await first.close();
  const second = await FileSnapshot.open(other, 1, threads);
  const third = await FileSnapshot.open(file, 1, threads);
  expect(started).toBe(2);
  await expect(first.runOnce({ kind: 'integrity' })).rejects.toThrow(/stopped/);
  expect(await second.runOnce({ kind: 'integrity' })).toEqual([]);
  expect(await third.runOnce({ kind: 'integrity' })).toEqual([]);
  const fourth = await FileSnapshot.open(other, 1, threads);
  expect(started).toBe(3);
  await Promise.all([second, third, fourth].map((view) => view.close()));
  expect(started).toBe(3);
});

it('a thread that failed, or is still at work when it is stopped, is not used again', async () => {
  const failing = await FileSnapshot.open(file, 1, threads);
  await expect(failing.runOnce({ kind: 'describe' } as never)).rejects.toThrow();
  await failing.close();
  // Its task takes long enough to be cut.
  const working = await FileSnapshot.open(makeFile('large.db', 200_000), 1, threads);
  expect(started).toBe(2);
  const cut = expect(working.runOnce({ kind: 'integrity' })).rejects.toThrow(/ended/);
  await Promise.all([cut, working.close()]);
  const last = await FileSnapshot.open(file, 1, threads);
  expect(started).toBe(3);
  expect(await last.runOnce({ kind: 'integrity' })).toEqual([]);
  await last.close();
});

it('a thread that stays when all are closed ends with its view', async () => {
  const view = await FileSnapshot.open(file, 1, threads);
  await threads.close();
  expect(await view.runOnce({ kind: 'integrity' })).toEqual([]);
  await view.close();
  const next = await FileSnapshot.open(file, 1, threads);
  expect(started).toBe(2);
  await next.close();
});

it('threads that wait do not keep a process from ending', () => {
  const program = `
    import { ReaderThreads } from ${JSON.stringify(import.meta.resolve('../dist/source/sqlite/readers/threads.js'))};
    import { FileSnapshot } from ${JSON.stringify(import.meta.resolve('../dist/source/sqlite/snapshot.js'))};
    const view = await FileSnapshot.open(${JSON.stringify(file)}, 2, new ReaderThreads());
    await view.close();
    console.log('closed');`;
  const printed = execFileSync(process.execPath, ['--input-type=module', '-e', program], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect(printed).toBe('closed\n');
});
