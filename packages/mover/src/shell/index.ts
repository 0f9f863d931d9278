/** What a command stands on: nothing here loads an engine or a driver. */
export { Deadline, unlessAborted } from './deadline.ts';
export { ExitCode } from './exit-codes.ts';
export { explain, type Failure, OpsError } from './failure.ts';
export type { Program, Register } from './program.ts';
export { runProgram } from './run-program.ts';
export { type Advice, type CommonOptions, type Env, type Preset, type Run, Shell } from './shell.ts';
export { Interrupted } from './signals.ts';
