import fc from 'fast-check';
import { example } from '../examples.ts';

const positiveZero = (value: number) => (Object.is(value, -0) ? 0 : value);

export const examples = [
  example('float8', fc.double({ noNaN: true }).map(positiveZero)),
  example('float4', fc.float({ noNaN: true }).map(positiveZero)),
];
