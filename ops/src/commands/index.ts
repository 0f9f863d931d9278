import {
  registerBackup,
  registerCutover,
  registerInspect,
  registerRestore,
  registerRollback,
  registerTransfer,
  registerVerify,
} from '@vatevo/mover/commands';
import type { Register } from '@vatevo/shell';
import { register as registerCheckConnection } from './check-connection.ts';
import { register as registerDemo } from './demo.ts';
import { register as registerDrill } from './drill.ts';
import { register as registerMonitor } from './monitor.ts';
import { register as registerPreparePostgres } from './prepare-postgres.ts';

/** Every command, in the order the help lists them. */
export const commands: readonly Register[] = [
  registerPreparePostgres,
  registerCheckConnection,
  registerMonitor,
  registerBackup,
  registerRestore,
  registerInspect,
  registerTransfer,
  registerVerify,
  registerCutover,
  registerRollback,
  registerDemo,
  registerDrill,
];
