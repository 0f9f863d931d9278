import type { NextStep, TransferError } from '@vatevo/transfer';
import type { Advice } from '../shell/shell.ts';

/** What the words depend on. */
export interface Caller {
  readonly typed: (command: string) => string;
  readonly advice: Pick<Advice, 'prepare'>;
}

/** For what has to do with one file alone. */
const NOBODY: Caller = { typed: (command) => command, advice: {} };

const DISCARD = 'give --discard-unfinished to remove what was loaded and begin anew';

/** What is to be run or given next. */
const WORDS: Readonly<Record<NextStep, (caller: Caller) => string>> = {
  'name-file': () => 'give --source the path of the SQLite database',
  'prepare-target': ({ advice }) =>
    `bring the target up to date first${advice.prepare === undefined ? '' : ` (${advice.prepare})`}`,
  decide: () => 'decide on each, then run the same command again',
  'tell-free-space': () => 'make room there, or say how much there is with --target-free-space',
  'mend-or-quarantine': () =>
    'mend them in the source and run the same command again, or give --quarantine to set their rows aside and load the others',
  'mend-and-start-over': () => 'mend the source, then start again with --discard-unfinished',
  'start-over': () => DISCARD,
  'restore-or-start-over': () => `bring that state back and run the same command again, or ${DISCARD}`,
  resume: ({ typed }) => `run ${typed('transfer')} with the same source to resume it`,
  verify: ({ typed }) => `check both with ${typed('verify')}, or give an empty database`,
};

/** The sentence of an error, with what to run next. */
export function sentenceOf({ message, next, names }: TransferError, caller: Caller = NOBODY): string {
  if (next === undefined) return message;
  const waivers = names.map((name) => `--leave-behind ${quoteForShell(name)}`);
  const waive = waivers.length > 0 ? ` (leave behind by name: ${waivers.join(' ')})` : '';
  return `${message.replace(/\.$/, '')}: ${WORDS[next](caller)}${waive}.`;
}

function quoteForShell(name: string): string {
  return /^[\w.]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`;
}
