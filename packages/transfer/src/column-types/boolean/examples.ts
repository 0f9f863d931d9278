import fc from 'fast-check';
import { example } from '../examples.ts';

export const examples = [
  example(
    'bool',
    fc.constantFrom<bigint | string>(0n, 1n, 't', 'F', 'true', 'FALSE', 'Yes', 'no', 'y', 'N', 'ON', 'off'),
  ),
];
