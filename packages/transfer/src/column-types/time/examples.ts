import fc from 'fast-check';
import { example } from '../examples.ts';

const two = (most: number) =>
  fc.integer({ min: 0, max: most }).map((value) => String(value).padStart(2, '0'));
const clock = fc
  .tuple(two(23), two(59), fc.option(fc.tuple(two(59), fc.constantFrom('', '.5', '.120', '.000001'))))
  .map(([hour, minute, rest]) => `${hour}:${minute}${rest === null ? '' : `:${rest.join('')}`}`);
const zone = fc.constantFrom('Z', '+00', '-00:00', '+02', '-05:30', '+0545');

export const examples = [
  example('time', clock),
  example(
    'timetz',
    fc.tuple(clock, zone).map(([time, of]) => time + of),
  ),
];
