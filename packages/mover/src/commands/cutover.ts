import { seconds } from '@vatevo/shell';
import { type Command, Option } from 'commander';
import type { Shell } from '../preset.ts';
import {
  databaseCommand,
  decisionOptions,
  freeSpaceOption,
  handOverIsLostOption,
  jobsOption,
  notBackOption,
  notOursOption,
  reportOption,
  sourceOption,
} from './options.ts';

/** `cutover start | status | finish | abort | close`: the move of a database that goes on being written to. */
export function register(program: Command, shell: Shell): void {
  const cutover = program
    .command('cutover')
    .description('Moves a SQLite database into PostgreSQL while applications write to it, and hands over.');
  for (const add of [start, status, finish, abort, close]) add(cutover, shell);
}

const work = () => import('../cutover/run-cutover.ts');

function start(cutover: Command, shell: Shell): void {
  databaseCommand(cutover, shell, {
    name: 'cutover start',
    does: 'Captures changes, copies all rows, applies the changes, and compares. Writers continue. Resumes a start that was stopped.',
    options: [
      sourceOption('it gets triggers that log changes'),
      freeSpaceOption(),
      jobsOption(),
      ...decisionOptions(),
      notOursOption(),
      notBackOption(),
      handOverIsLostOption(),
      new Option(
        '--discard-left-behind',
        'remove from PostgreSQL the tables and columns that an earlier failback left behind',
      ),
    ],
    work: async () => (await work()).runStart,
  });
}

function status(cutover: Command, shell: Shell): void {
  databaseCommand(cutover, shell, {
    name: 'cutover status',
    does: 'Shows the state of a move, and how far PostgreSQL is behind. Changes nothing.',
    options: [sourceOption('it is only read')],
    work: async () => (await work()).runStatus,
  });
}

function finish(cutover: Command, shell: Shell): void {
  databaseCommand(cutover, shell, {
    name: 'cutover finish',
    does: 'Stops writes to the file, proves that nothing is missing, and hands over to PostgreSQL.',
    options: [
      sourceOption('it takes no writes afterwards'),
      jobsOption(),
      notOursOption(),
      notBackOption(),
      handOverIsLostOption(),
      new Option(
        '--server-silence <seconds>',
        'how long PostgreSQL may fail to answer while the file takes no writes (default: 5)',
      ).argParser(seconds),
      reportOption(),
    ],
    work: async () => (await work()).runFinish,
  });
}

function abort(cutover: Command, shell: Shell): void {
  databaseCommand(cutover, shell, {
    name: 'cutover abort',
    does: 'Gives up a move before the hand-over. Restores the file as it was, and empties PostgreSQL.',
    options: [
      sourceOption('everything that the move added to it is removed'),
      handOverIsLostOption(),
      new Option(
        '--postgres-is-lost',
        'the PostgreSQL of the move is lost for good: release the file without asking PostgreSQL',
      ),
    ],
    work: async () => (await work()).runAbort,
  });
}

function close(cutover: Command, shell: Shell): void {
  databaseCommand(cutover, shell, {
    name: 'cutover close',
    does: 'Ends the time in which rollback is possible. PostgreSQL stops logging its changes.',
    options: [sourceOption('it is not changed')],
    work: async () => (await work()).runClose,
  });
}
