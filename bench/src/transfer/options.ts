import { Command, InvalidArgumentError } from 'commander';

export interface BenchOptions {
  /** Of the source: 1 is 1,501,000 rows, about 1.3 GB. */
  readonly scale: number;
  /** How often every loader runs; medians are printed. */
  readonly runs: number;
  /** The folder of an installed PostgreSQL's programs; npm's when left out. */
  readonly programs?: string;
}

/** @param argv what follows the program's name */
export function parseOptions(argv: readonly string[]): BenchOptions {
  const command = new Command('bench:transfer')
    .description('Times the transfer of a legacy-shaped SQLite file beside other ways to load it.')
    .option('--scale <factor>', 'size of the source: 1 is 1.3 GB', positive(Number.MIN_VALUE, 'a number'), 1)
    .option('--runs <count>', 'how often each loader runs', positive(1, 'a whole number'), 3)
    .option(
      '--programs <folder>',
      "an installed PostgreSQL's programs (/usr/lib/postgresql/17/bin) in place of npm's",
    )
    .exitOverride();
  return command.parse(argv, { from: 'user' }).opts<BenchOptions>();
}

function positive(least: number, what: string): (text: string) => number {
  return (text) => {
    const value = Number(text);
    const whole = least !== 1 || Number.isInteger(value);
    if (text.trim() === '' || !Number.isFinite(value) || value < least || !whole) {
      throw new InvalidArgumentError(`It must be ${what} above 0.`);
    }
    return value;
  };
}
