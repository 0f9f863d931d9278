export { ExitCode } from './exit-codes.ts';
export { legacyMapping } from './legacy/mapping.ts';
