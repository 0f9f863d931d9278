import type { Command } from 'commander';
import type { Shell } from '../shell.ts';
import * as backup from './backup.ts';
import * as checkConnection from './check-connection.ts';
import * as cutover from './cutover.ts';
import * as demo from './demo.ts';
import * as drill from './drill.ts';
import * as inspect from './inspect.ts';
import * as monitor from './monitor.ts';
import * as preparePostgres from './prepare-postgres.ts';
import * as restore from './restore.ts';
import * as rollback from './rollback.ts';
import * as transfer from './transfer.ts';
import * as verify from './verify.ts';

/** Adds one command to the program. */
export type Register = (program: Command, shell: Shell) => void;

/** Every command, in the order the help lists them. */
export const commands: readonly Register[] = [
  preparePostgres.register,
  checkConnection.register,
  monitor.register,
  backup.register,
  restore.register,
  inspect.register,
  transfer.register,
  verify.register,
  cutover.register,
  rollback.register,
  demo.register,
  drill.register,
];
