import { InvalidArgumentError } from 'commander';
import { expect, it } from 'vitest';
import { wholeNumber } from '../src/options.ts';

const jobs = wholeNumber(1, 64);

it.each(['1', '8', '64', '007'])('reads %j as a whole number from 1 to 64', (text) => {
  expect(jobs(text)).toBe(Number(text));
});

it.each(['', '0', '65', '-1', '+1', '1.5', '1e1', '0x10', ' 8', '8 ', '٣', '9'.repeat(400), 'many'])(
  'refuses %j, and says what may stand there',
  (text) => {
    expect(() => jobs(text)).toThrow(new InvalidArgumentError('It must be a whole number from 1 to 64.'));
  },
);
