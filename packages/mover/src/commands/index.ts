export { register as registerBackup } from './backup.ts';
export { register as registerCutover } from './cutover.ts';
export { register as registerInspect } from './inspect.ts';
export { urlEnvOption } from './options.ts';
export { register as registerRestore } from './restore.ts';
export { register as registerRollback } from './rollback.ts';
export { register as registerTransfer } from './transfer.ts';
export { register as registerVerify } from './verify.ts';
