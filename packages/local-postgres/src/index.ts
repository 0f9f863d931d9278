export { freePort } from './free-port.ts';
export type { StopMode } from './postmaster.ts';
export { removeLocalPostgres } from './remove.ts';
export type { LocalPostgres } from './server.ts';
export { startStandby } from './standby.ts';
export { type LocalPostgresOptions, startLocalPostgres } from './start.ts';
export type { TlsFiles } from './tls.ts';
