import type { Register } from '@vatevo/mover';
import { moverCommands } from '@vatevo/mover/commands';
import { register as afterFailover } from './after-failover.ts';
import { register as checkConnection } from './check-connection.ts';
import { register as demo } from './demo.ts';
import { register as distribute } from './distribute.ts';
import { register as drill } from './drill.ts';
import { register as monitor } from './monitor.ts';
import { register as preparePostgres } from './prepare-postgres.ts';

/** Every command, in the order the help lists them. */
export const commands: readonly Register[] = [
  preparePostgres,
  checkConnection,
  monitor,
  afterFailover,
  distribute,
  ...moverCommands,
  demo,
  drill,
];
