import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Passing } from '@vatevo/test-kit/message-proxy';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root, start } from '../support/run-script.ts';
import { kill, LONG, nth } from '../transfer/support/bench.ts';
import { contentOf } from '../transfer/support/target.ts';
import {
  disturbed,
  expectDone,
  killedAtCommit,
  MoveBench,
  type Step,
  takers,
  write,
} from './support/move.ts';

let bench: MoveBench;
beforeAll(async () => {
  bench = await MoveBench.open();
});
afterAll(() => bench.close());

/** A move up to the given step. */
async function upTo(step: Step): Promise<{ file: string; url: string; again: string }> {
  const url = await bench.targets.create();
  const file = bench.source();
  if (step === 'start') {
    return { file, url, again: file };
  }
  await expectDone('start', file, url);
  write(file);
  if (step !== 'rollback') return { file, url, again: file };
  await expectDone('finish', file, url);
  return { file, url, again: `${file}.own` };
}

/** After a step that died: never two that take writes, and the same command again ends as if nothing had been. */
async function expectResumed(step: Step, file: string, url: string): Promise<void> {
  expect(await takers(file, url)).toMatch(/^(none|file|server)$/);
  await expectDone(step, file, url);
  if (step === 'start') {
    expect(await takers(file, url)).toBe('file');
    write(file);
    await expectDone('finish', file, url);
  }
  if (step !== 'rollback') {
    expect(await takers(file, url)).toBe('server');
    expect(await contentOf(url)).toEqual(bench.moved);
    return;
  }
  expect(await takers(file, url)).toBe('file');
  const db = new Database(file);
  expect(db.prepare(`SELECT count(*) FROM sqlite_schema WHERE name LIKE 'vatevo%'`).pluck().get()).toBe(0);
  expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
  expect(db.prepare('PRAGMA foreign_key_check').all()).toEqual([]);
  const counted = db.prepare('SELECT count(*) FROM webhook_events').pluck().get();
  expect({ rows: counted }).toMatchObject({ rows: (bench.moved.webhook_events as { rows: number }).rows });
  db.close();
}

/** The commit of a rollback behind those of the migrations that make the new file. */
const BUILT = `${readdirSync(join(root, 'packages/db/prisma/sqlite/migrations'), { withFileTypes: true }).filter((entry) => entry.isDirectory()).length}`;

const COMMITS: readonly (readonly [Step, string])[] = LONG
  ? (['start', 'finish', 'rollback'] as const).flatMap((step) =>
      Array.from({ length: 8 }, (_, i) => [`${i}`, `${i}+`])
        .flat()
        .map((at) => [step, at] as const),
    )
  : [['rollback', BUILT]];

describe('killed at a transaction of the SQLite file', () => {
  it.for(COMMITS)('%s, at commit %s', async ([step, at]) => {
    const { url, again } = await upTo(step);
    const { signal, code } = await killedAtCommit(step, again, url, at);
    expect([signal, code]).toEqual(LONG ? expect.anything() : ['SIGKILL', null]);
    // A writer would fix what a dead process left in the file's journal; here none comes before the command.
    if (at.endsWith('+')) await takers(again, url);
    await expectDone(step, again, url);
    await expectResumed(step, again, url);
    await bench.targets.drop(url);
  });
});

it.for(LONG ? (['start', 'finish', 'abort', 'rollback'] as const) : (['finish'] as const))(
  'finds the journal of a process that died in the middle of a transaction: %s',
  async (step) => {
    const { file, url, again } = await upTo(step === 'abort' ? 'finish' : step);
    if (step === 'rollback') {
      expect((await killedAtCommit('rollback', again, url, BUILT)).signal).toBe('SIGKILL');
    }
    const victim = step === 'rollback' ? again : file;
    await dieWriting(victim);
    expect(statSync(`${victim}-journal`).size).toBeGreaterThan(0);
    if (step === 'abort') await expectDone('abort', file, url);
    else {
      await expectDone(step, again, url);
      await expectResumed(step, again, url);
    }
    expect(existsSync(`${victim}-journal`)).toBe(false);
    await bench.targets.drop(url);
  },
);

/** So many changes that they are in the file before they are committed. */
async function dieWriting(file: string): Promise<void> {
  const script = `
    const db = require('better-sqlite3')(process.argv[1]);
    db.pragma('cache_size = 1');
    db.exec("BEGIN IMMEDIATE; CREATE TABLE torn (a); INSERT INTO torn SELECT randomblob(4000) FROM sqlite_schema, sqlite_schema b LIMIT 100");
    process.kill(process.pid, 'SIGKILL')`;
  const { signal } = await start(process.execPath, ['-e', script, file], {
    cwd: join(root, 'packages/cutover'),
  }).ended;
  expect(signal).toBe('SIGKILL');
}

describe('killed or cut at a message to PostgreSQL', () => {
  type Disturbed = readonly [Step, how: 'killed' | 'cut', where: number | RegExp];
  const cases: readonly Disturbed[] = LONG
    ? (['start', 'finish', 'rollback'] as const).flatMap((step) =>
        Array.from({ length: 40 }, (_, i) => (i + 0.5) / 40).flatMap((part) => [
          [step, 'killed', part] as const,
          [step, 'cut', part] as const,
        ]),
      )
    : [['finish', 'cut', /REPEATABLE READ/]];
  const messages = new Map<Step, number>();

  /** The message at a part of all that a step sends, or the first of a kind. */
  async function messageAt(step: Step, where: number | RegExp): Promise<(message: Passing) => boolean> {
    if (where instanceof RegExp) return nth(0, where);
    if (!messages.has(step)) {
      const { url, again } = await upTo(step);
      const never = () => false;
      const all = await disturbed(step, again, url, never, () => undefined);
      expect(all).toMatchObject({ code: 0 });
      messages.set(step, all.messages);
      await bench.targets.drop(url);
    }
    const at = Math.floor((messages.get(step) ?? 0) * where);
    return ({ index }) => index >= at;
  }

  it.for(cases)('%s is %s at %s', { timeout: 300_000 }, async ([step, how, where]) => {
    const when = await messageAt(step, where);
    const { url, again } = await upTo(step);
    const disturb = how === 'killed' ? kill : (_: unknown, { cut }: Passing) => cut();
    const outcome = await disturbed(step, again, url, when, disturb);
    if (how === 'killed') expect(outcome.signal).toBe('SIGKILL');
    else expect(outcome.code).not.toBe(0);
    await expectResumed(step, again, url);
    await bench.targets.drop(url);
  });
});
