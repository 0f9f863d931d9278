export { moverProgram } from './mover-program.ts';
export type { Advice, Preset, Register, Run, Shell } from './preset.ts';
export { mover } from './program.ts';
