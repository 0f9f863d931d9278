import fc from 'fast-check';
import { example } from '../examples.ts';

export const integer = (bits: bigint): fc.Arbitrary<bigint> =>
  fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n });

export const examples = [
  example('int2', integer(16n)),
  example('int4', integer(32n)),
  example('int8', integer(64n)),
];
