/** What a command stands on: nothing here loads an engine or a driver. */
export { type Called, callProgram } from './call-program.ts';
export { Deadline, unlessAborted } from './deadline.ts';
export { EXIT_CODE_OF, ExitCode, exitCodeOf } from './exit-codes.ts';
export { CommandError, explain, type Failure, type Say } from './failure.ts';
export { main } from './main.ts';
export { jsonOption, seconds, wholeNumber } from './options.ts';
export type { Program, Register } from './program.ts';
export { formatBytes } from './report/bytes.ts';
export { formatDuration } from './report/duration.ts';
export { formatCount, type ProgressView } from './report/progress.ts';
export { type ReportDocument, Reporter } from './report/reporter.ts';
export { silentView } from './report/silent-view.ts';
export { runProgram } from './run-program.ts';
export { type CommonOptions, type Env, type Outputs, type Run, Shell } from './shell.ts';
export { Interrupted } from './signals.ts';
