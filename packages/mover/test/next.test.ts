import { type NextStep, TransferError } from '@vatevo/transfer';
import { expect, it } from 'vitest';
import { type Caller, say as sayOf } from '../src/transfer/next.ts';

const caller: Caller = {
  typed: (command) => `mover ${command}`,
  advice: { prepare: 'make tables', migrate: 'make migrations' },
};
const ops: Caller = { typed: (command) => `pnpm ops:${command}`, advice: {} };

const say = (next: NextStep, by = caller) =>
  sayOf(new TransferError('wrong-state', 'It cannot be.', { next }), by).message;

it('says what to run next, as the caller types it', () => {
  expect(say({ step: 'resume' })).toBe('It cannot be: run mover transfer with the same source to resume it.');
  expect(say({ step: 'abort-and-start' }, ops)).toBe(
    'It cannot be: give the move up with pnpm ops:cutover abort, then start again.',
  );
  const prepare: NextStep = { step: 'prepare-target', leaveBehind: [], needless: [] };
  expect(say(prepare)).toBe('It cannot be: bring the target up to date first (make tables).');
  expect(say(prepare, ops)).toBe(
    "It cannot be: make its tables first, with the application's own migrations or with pnpm ops:transfer --create-tables.",
  );
});

it('names what can be decided, as a shell takes it', () => {
  const needless = [{ decision: 'times', name: 'a.at' } as const];
  expect(say({ step: 'decide', leaveBehind: ['a.b', "it's c"], needless })).toContain(
    `(leave behind by name: --leave-behind a.b --leave-behind 'it'\\''s c'; correct or omit: --times a.at)`,
  );
  expect(say({ step: 'empty-target', notOurs: ['notes'] })).toBe(
    'It cannot be: give an empty database, or, if the table belongs to another application, say so with --not-ours notes.',
  );
  expect(say({ step: 'empty-target', notOurs: [], seeded: 'roles' }, ops)).toBe(
    'It cannot be: give an empty database, or, if they are not to be there or not to come, say so in a mapping ("tables": {"roles": {"seeded": "replace"}}, or "skip"), which pnpm ops:plan writes.',
  );
  expect(say({ step: 'empty-target', notOurs: [], seeded: 'roles' })).toBe(
    'It cannot be: give an empty database.',
  );
  const decisions = {
    leaveBehind: ['a'],
    numericTimes: { 't.n': 'julian-day' },
    zone: 'Europe/Berlin',
  } as const;
  expect(say({ step: 'keep-decisions', decisions })).toMatch(
    /again with those \(--leave-behind a --times t\.n=julian-day --assume-timezone Europe\/Berlin\) or with none to resume it, or give the move up with mover cutover abort/,
  );
  expect(say({ step: 'keep-decisions', decisions: {} })).toMatch(/again with none to resume it/);
  const columns = { 't.n': { numbers: 'julian-day' } } as const;
  expect(say({ step: 'keep-decisions', decisions: { ...decisions, columns } })).toMatch(
    /again with none, without --mapping, to resume it/,
  );
  const open = [{ place: 't.at', decide: [{ back: 'integers' }], sql: 'ALTER TABLE t' }];
  const computed = [{ place: 'event.tenant', decide: [], unfilled: 'event.tenant' }];
  expect(say({ step: 'decide-forms', columns: computed })).toMatch(
    /\(leave it out \("ignoreTarget": \["event.tenant"\] in the mapping, and --not-back event.tenant\), and fill/,
  );
  expect(say({ step: 'decide-forms', columns: open })).toBe(
    `It cannot be: decide in which form they do (in the mapping's decisions, "columns": {"t.at":{"back":"integers"}}; or in PostgreSQL, ALTER TABLE t; or stop its writers and move the file with mover transfer instead), then run the same command again.`,
  );
});

it('names options by the direction in which a live database is moved', () => {
  const waivers = { step: 'place-or-waive', leaveBehind: ['a'], notOurs: ['b c'], newer: [] } as const;
  expect(say({ ...waivers, direction: 'forward' })).toBe(
    "It cannot be: do one of these: give SQLite a place for it by a migration of both databases (make migrations); leave it in PostgreSQL by name (--not-back a); say that it belongs to another application (--not-ours 'b c'); stop its writers and move the file with mover transfer instead, from which nothing goes back.",
  );
  expect(say({ ...waivers, direction: 'failback', notOurs: [], newer: ['7_more'] }, ops)).toBe(
    'It cannot be: do one of these: run this command of the release whose migrations PostgreSQL has (7_more), which brings the file to it; leave it in PostgreSQL by name (--leave-behind a); end the time in which going back is possible with pnpm ops:cutover close.',
  );
  const wrong = { step: 'correct-name', decision: 'leave-behind', name: 'peolpe' } as const;
  expect(say({ ...wrong, direction: 'forward' })).toContain('correct --not-back peolpe, or leave it out');
  expect(say({ ...wrong, direction: 'failback' })).toContain('correct --leave-behind peolpe');
  expect(say({ ...wrong, direction: 'failback', decision: 'not-ours' })).toContain('--not-ours peolpe');
});

it('leaves a sentence alone that says it all', () => {
  expect(sayOf(new TransferError('locked', 'Wait.'), caller)).toEqual({});
});
