import { InvalidArgumentError, Option } from 'commander';

/** `--json`: the same everywhere. */
export function jsonOption(): Option {
  return new Option('--json', 'print one JSON object on stdout, and nothing else there');
}

/** Reads a number of seconds above 0: `30`, `2.5`. */
export function seconds(value: string): number {
  const number = /^\d+(\.\d+)?$/.test(value) ? Number(value) : Number.NaN;
  if (!(number > 0 && number <= 86_400)) {
    throw new InvalidArgumentError('It must be a number of seconds above 0, at most 86400.');
  }
  return number;
}

/** `--source FILE`: the SQLite database that a transfer reads. */
export function sourceOption(): Option {
  return new Option('--source <file>', 'the SQLite database; it is never written').makeOptionMandatory();
}

/** `--target-free-space SIZE`, in bytes. */
export function freeSpaceOption(): Option {
  return new Option(
    '--target-free-space <size>',
    'what is free on the disk of the target, e.g. 20GB, where that cannot be seen from here',
  ).argParser(bytes);
}

const UNITS = { '': 1, kb: 1e3, mb: 1e6, gb: 1e9, tb: 1e12 } as const;

/** Reads a number of bytes: `20GB`, `1.5 TB`, `500000000`. */
function bytes(value: string): number {
  const [, number, unit = ''] = /^(\d+(?:\.\d+)?) ?(kb|mb|gb|tb)?$/i.exec(value) ?? [];
  if (number === undefined) {
    throw new InvalidArgumentError('It must be a size such as 500MB, 20GB or 1.5TB.');
  }
  return Number(number) * UNITS[unit.toLowerCase() as keyof typeof UNITS];
}
