export { ExitCode } from './exit-codes.ts';
