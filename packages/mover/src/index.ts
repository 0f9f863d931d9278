export type { Advice, Preset, Register, Run, Shell } from './preset.ts';
export { runMover } from './run-mover.ts';
