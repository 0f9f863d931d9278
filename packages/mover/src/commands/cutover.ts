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
    .description('Moves a SQLite database into PostgreSQL while it is written to, and hands over.');
  const work = () => import('../cutover/run-cutover.ts');

  databaseCommand(cutover, shell, {
    name: 'cutover start',
    does: 'Captures changes, copies all rows, follows and proves; writers go on. Carries an earlier start on.',
    options: [
      sourceOption('it is written to: triggers that log changes'),
      freeSpaceOption(),
      jobsOption(),
      ...decisionOptions(),
      notOursOption(),
      notBackOption(),
      handOverIsLostOption(),
      new Option(
        '--discard-left-behind',
        'remove from PostgreSQL what an earlier failback left there by name',
      ),
    ],
    work: async () => (await work()).runStart,
  });

  databaseCommand(cutover, shell, {
    name: 'cutover status',
    does: 'Tells how a move stands, and how far PostgreSQL is behind. Changes nothing.',
    options: [sourceOption('it is only read')],
    work: async () => (await work()).runStatus,
  });

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
        'how long PostgreSQL may give no sign of life while the file takes no writes; 5 when omitted',
      ).argParser(seconds),
      reportOption(),
    ],
    work: async () => (await work()).runFinish,
  });

  databaseCommand(cutover, shell, {
    name: 'cutover abort',
    does: 'Gives a move up before the hand-over: the file is as if nothing had been, PostgreSQL is empty.',
    options: [
      sourceOption('what the move put into it is taken out'),
      handOverIsLostOption(),
      new Option(
        '--postgres-is-lost',
        'the PostgreSQL of the move is gone for good: takes the file out of the move without asking it',
      ),
    ],
    work: async () => (await work()).runAbort,
  });

  databaseCommand(cutover, shell, {
    name: 'cutover close',
    does: 'Ends the time in which rollback is possible: PostgreSQL logs its changes no longer.',
    options: [sourceOption('it stays as it is')],
    work: async () => (await work()).runClose,
  });
}
