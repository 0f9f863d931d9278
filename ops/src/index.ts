export { ExitCode } from '@vatevo/mover/shell';
export { legacyMapping } from './legacy/mapping.ts';
