import fc from 'fast-check';
import { example } from '../examples.ts';

export const examples = [example('bool', fc.constantFrom(0n, 1n))];
