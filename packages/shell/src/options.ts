import { InvalidArgumentError, Option } from 'commander';

/** `--json`: the same everywhere. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object on stdout, and nothing else');
}

/** Reads a number of seconds above 0: `30`, `2.5`. */
export function seconds(value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(number > 0 && number <= 86_400)) {
    throw new InvalidArgumentError('It must be a number of seconds above 0, at most 86400.');
  }
  return number;
}

/** Reads a whole number within bounds, written in digits. */
export function wholeNumber(min: number, max: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : Number.NaN;
    if (number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}
