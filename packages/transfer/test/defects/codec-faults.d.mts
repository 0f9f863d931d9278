import type { Fault } from '../faulty-engine.ts';

export declare const FAULTS: Readonly<Record<string, Fault>>;
