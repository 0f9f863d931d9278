import type { Register } from '../preset.ts';
import { register as backup } from './backup.ts';
import { register as cutover } from './cutover.ts';
import { register as inspect } from './inspect.ts';
import { register as plan } from './plan.ts';
import { register as prisma } from './prisma.ts';
import { register as restore } from './restore.ts';
import { register as rollback } from './rollback.ts';
import { register as schema } from './schema.ts';
import { register as transfer } from './transfer.ts';
import { register as verify } from './verify.ts';

export { urlEnvOption } from './options.ts';

/** The commands for any database, in the order the help lists them. */
export const moverCommands: readonly Register[] = [
  plan,
  inspect,
  schema,
  prisma,
  transfer,
  verify,
  cutover,
  rollback,
  backup,
  restore,
];
