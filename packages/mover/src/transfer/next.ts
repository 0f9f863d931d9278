import type { ConnectionError } from '@vatevo/connection';
import type { Say } from '@vatevo/shell';
import type { NextStep, TransferError } from '@vatevo/transfer';
import type { Advice } from '../preset.ts';

/** What the words depend on. */
export interface Caller {
  readonly typed: (command: string) => string;
  readonly advice: Pick<Advice, 'prepare' | 'migrate'>;
}

const DISCARD = 'give --discard-unfinished to remove what was loaded and start over';
const AGAIN = 'run the same command again';

type Step = NextStep['step'];
type Facts<S extends Step, N = NextStep> = N extends { step: unknown }
  ? S extends N['step']
    ? N
    : never
  : never;
type Words = { readonly [S in Step]: (caller: Caller, facts: Facts<S>) => string };

/** What is to be run or given next. A step without words does not compile. */
const WORDS: Words = {
  'name-file': () => 'give --source the path of the SQLite database',
  'prepare-target': ({ advice, typed }, names) =>
    advice.prepare === undefined
      ? `make its tables first, with the application's own migrations or with ${typed('transfer')} --create-tables${decidable(names)}`
      : `bring the target up to date first${inBrackets(advice.prepare)}${decidable(names)}`,
  decide: (_, names) => `decide on each, then ${AGAIN}${decidable(names)}`,
  'tell-free-space': () => 'make room there, or say how much there is with --target-free-space',
  'make-room': () => `make room there, or set TMPDIR to a folder that has it, and ${AGAIN}`,
  'fix-or-quarantine': () =>
    `fix them in the source and ${AGAIN}, or give --quarantine to set their rows aside and load the others`,
  'fix-and-start-over': () => 'fix the source, then start again with --discard-unfinished',
  'start-over': () => DISCARD,
  'restore-or-start-over': () => `bring that state back and ${AGAIN}, or ${DISCARD}`,
  resume: ({ typed }) => `run ${typed('transfer')} with the same source to resume it`,
  verify: ({ typed }) => `check both with ${typed('verify')}, or give an empty database`,
  'empty-target': ({ typed, advice }, { notOurs, seeded }) =>
    [
      'give an empty database',
      // Whoever prepares the tables has nothing to say of rows in them.
      ...(seeded === undefined || advice.prepare !== undefined
        ? []
        : [
            `if they are not to be there or not to come, say so in a mapping ("tables": {"${seeded}": {"seeded": "replace"}}, or "skip"), which ${typed('plan')} writes`,
          ]),
      ...notOurs.map(
        (name) => `if the table belongs to another application, say so with ${option('not-ours', name)}`,
      ),
    ].join(', or, '),
  start: ({ typed }) => `begin it with ${typed('cutover start')}`,
  finish: ({ typed }) => `run ${typed('cutover finish')} again`,
  abort: ({ typed }) => `give the move up with ${typed('cutover abort')}`,
  rollback: ({ typed }) => `go back with ${typed('rollback')}`,
  status: ({ typed }) => `look with ${typed('cutover status')}`,
  'end-abort': ({ typed }) => `end that with ${typed('cutover abort')}`,
  'abort-and-start': (caller) => startOver(caller),
  'keep-decisions': (caller, { decisions: { leaveBehind = [], numericTimes = {}, columns = {}, zone } }) => {
    const given = [
      ...leaveBehind.map((name) => option('leave-behind', name)),
      ...Object.entries(numericTimes).map(([name, unit]) => option('times', `${name}=${unit}`)),
      ...(zone === undefined ? [] : [option('assume-timezone', zone)]),
    ];
    // What was decided on columns has no option of its own. The names of a mapping are kept with the move.
    const isOfMapping = Object.keys(columns).length > 0;
    const none = isOfMapping ? 'with none, without --mapping,' : 'with none';
    const kept = given.length > 0 && !isOfMapping ? `with those (${given.join(' ')}) or with none` : none;
    return `${AGAIN} ${kept} to resume it, or ${startOver(caller)}`;
  },
  'decide-forms': (caller, { columns }) => {
    const ways = columns.flatMap(({ place, decide, sql, unfilled }) => [
      ...(decide.length === 0
        ? []
        : [`in the mapping's decisions, ${decide.map((one) => columnDecision(place, one)).join(' or ')}`]),
      ...(sql === undefined ? [] : [`in PostgreSQL, ${sql}`]),
      ...(unfilled === undefined
        ? []
        : [
            `leave it out ("ignoreTarget": ["${unfilled}"] in the mapping, and ${option(STAYS.forward, unfilled)}), and fill it in PostgreSQL after the hand-over`,
          ]),
    ]);
    return `decide in which form they do (${[...ways, transferInstead(caller)].join('; or ')}), then ${AGAIN}`;
  },
  'transfer-instead': (caller) => transferInstead(caller),
  'check-target-or-abandon': ({ typed }, { handedOver }) =>
    `check POSTGRES_URL; if that database is lost for good, take the file out of the move with ${typed('cutover abort')} --postgres-is-lost${handedOver ? ' --hand-over-is-lost' : ''}`,
  'recover-or-take-back': ({ typed }, { canMoveOn }) => {
    const aborting = `${typed('cutover abort')} with ${canMoveOn ? 'it' : '--hand-over-is-lost'}, which leaves the service to the file`;
    return `bring the PostgreSQL back that had taken over, and nothing is lost. If it is lost for good, with what was written there since the hand-over, run ${canMoveOn ? `${typed('cutover finish')} with --hand-over-is-lost, which hands over to this one, or ${aborting}` : `${aborting} with the rows that had come back, then start again`}`;
  },
  'recover-or-abandon': () =>
    'bring that PostgreSQL back, from a backup if need be. If it is lost for good, with all that was written there, give --hand-over-is-lost, too: then the file takes writes again as it is',
  'abort-lost-and-start': ({ typed }) =>
    `give the move up with ${typed('cutover abort')} --hand-over-is-lost, which keeps them in the file, then start again`,
  'name-primary-file': ({ typed }) =>
    `give the path of the file that has taken over. Where this one is to take writes all the same, without what was written since the hand-over, run ${typed('cutover abort')} with --hand-over-is-lost`,
  'stop-one': ({ typed }) =>
    `stop at once whatever writes to either. Where a failback had handed over to the file, it has every write up to then, and goes on: look into PostgreSQL for what was written there since, and move again (${typed('cutover start')}) into an empty database. Where the file was put back, PostgreSQL goes on: bring the file back as it was at the hand-over`,
  'name-new-file': () =>
    'give --to a path at which there is no file yet, and one of our own format is made there',
  'check-both': () => 'check POSTGRES_URL and the path of the file',
  'name-moved-file': () => 'give the path of that one, or check POSTGRES_URL',
  'discard-left-behind': () => 'save what is needed of it, then give --discard-left-behind',
  'correct-name': (_, { direction, decision, name }) =>
    `correct ${option(decision === 'not-ours' ? decision : STAYS[direction], name)}, or leave it out`,
  'place-or-waive': (caller, { direction, leaveBehind, notOurs, newer }) =>
    `do one of these: ${[
      newer.length > 0
        ? `run this command of the release whose migrations PostgreSQL has (${newer.join(', ')}), which brings the file to it`
        : `give SQLite a place for it by a migration of both databases${inBrackets(caller.advice.migrate)}`,
      ...unlessEmpty('leave it in PostgreSQL by name', STAYS[direction], leaveBehind),
      ...unlessEmpty('say that it belongs to another application', 'not-ours', notOurs),
      direction === 'forward'
        ? `${transferInstead(caller)}, from which nothing goes back`
        : endTheWindow(caller),
    ].join('; ')}`,
  'by-hand': ({ typed }) => `after ${typed('cutover close')} there is no failback but by hand`,
  'copy-all': () => `${AGAIN} with --copy-all, which copies every row from PostgreSQL again`,
  'change-or-close': (caller) => `change the values there, or ${endTheWindow(caller)}`,
};

/** What may stay in PostgreSQL is said in one way before it takes over, and in another at failback. */
const STAYS = { forward: 'not-back', failback: 'leave-behind' } as const;

function startOver({ typed }: Caller): string {
  return `give the move up with ${typed('cutover abort')}, then start again`;
}

function transferInstead({ typed }: Caller): string {
  return `stop its writers and move the file with ${typed('transfer')} instead`;
}

function endTheWindow({ typed }: Caller): string {
  return `end the time in which going back is possible with ${typed('cutover close')}`;
}

/** How decisions are given that have an option of their own. */
const OPTIONS = { 'leave-behind': 'leave-behind', times: 'times', zone: 'assume-timezone' } as const;

function decidable({ leaveBehind, needless }: Facts<'decide'>): string {
  const wrong = needless.map(({ decision, name }) =>
    decision === 'column' ? `"${name}" in the mapping` : option(OPTIONS[decision], name),
  );
  const said = [
    ...(leaveBehind.length > 0 ? [`leave behind by name: ${options('leave-behind', leaveBehind)}`] : []),
    ...(wrong.length > 0 ? [`correct or omit: ${wrong.join(' ')}`] : []),
  ];
  return inBrackets(said.length > 0 ? said.join('; ') : undefined);
}

/** As a mapping has it. */
function columnDecision(place: string, decision: Readonly<Record<string, string>>): string {
  return `"columns": ${JSON.stringify({ [place]: decision })}`;
}

function unlessEmpty(what: string, name: string, values: readonly string[]): string[] {
  return values.length > 0 ? [`${what} (${options(name, values)})`] : [];
}

function options(name: string, values: readonly string[]): string {
  return values.map((value) => option(name, value)).join(' ');
}

export function inBrackets(text: string | undefined): string {
  return text === undefined ? '' : ` (${text})`;
}

/** As a shell takes it. */
export function option(name: string, value: string): string {
  return `--${name} ${/^[\w.=+:/-]+$/.test(value) ? value : `'${value.replaceAll("'", `'\\''`)}'`}`;
}

/** What a program adds to the sentence of an error: what to run next. */
export function say(error: Error, caller: Caller): ReturnType<Say> {
  if (isTransferError(error)) {
    const { message, next } = error;
    return next === undefined ? {} : { message: `${message.replace(/\.$/, '')}: ${wordsFor(next, caller)}.` };
  }
  const { prepare } = caller.advice;
  return isMissingDatabase(error) && prepare !== undefined
    ? { remedy: [`Run ${prepare}, which creates it.`] }
    : {};
}

/** An error's sentence with what to run next. */
export function sentenceOf(error: Error, caller: Caller): string {
  return say(error, caller).message ?? error.message;
}

function wordsFor(next: NextStep, caller: Caller): string {
  return (WORDS[next.step] as (caller: Caller, facts: NextStep) => string)(caller, next);
}

/** By name, so that a command that transfers nothing need not load the engine. */
function isTransferError(error: Error): error is TransferError {
  return error.name === 'TransferError';
}

function isMissingDatabase(error: Error): boolean {
  return error.name === 'ConnectionError' && (error as ConnectionError).reason === 'missing-database';
}
