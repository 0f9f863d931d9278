import { type CommonOptions, type ExitCode, jsonOption, wholeNumber } from '@vatevo/shell';
import { INSTANT_UNITS } from '@vatevo/transfer/column-types/types';
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Run, Shell } from '../preset.ts';

/** `--url-env NAME`: the one way to name another target than that of POSTGRES_URL, since arguments can be seen by others. */
export function urlEnvOption(): Option {
  return new Option(
    '--url-env <name>',
    'the variable that holds the URL of PostgreSQL (default: POSTGRES_URL)',
  );
}

export function fromReplicaOption(): Option {
  return new Option(
    '--from-replica',
    'read from a standby that POSTGRES_REPLICA_URLS names, when it has everything that the primary has',
  );
}

interface Definition<Options extends CommonOptions> {
  /** `cutover start` is a command of `cutover`. */
  readonly name: string;
  readonly does: string;
  readonly options: readonly Option[];
  /** Loaded when it runs, so that `--help` stays quick. */
  readonly work: () => Promise<(options: Options, run: Run) => Promise<ExitCode | undefined>>;
}

/** A command that works on a SQLite file and PostgreSQL, with the options that say how the two belong together. */
export function databaseCommand<Options extends CommonOptions>(
  parent: Command,
  shell: Shell,
  { name, does, options, work }: Definition<Options>,
): void {
  const command = parent.command(name.replace(/^.* /, '')).description(does);
  for (const option of [urlEnvOption(), ...shell.preset.options(), ...options, jsonOption()]) {
    command.addOption(option);
  }
  command.action(shell.action<Options>(name, async (given, run) => (await work())(given, run)));
}

/** What an operator decides on the source, name by name. */
export function decisionOptions(): Option[] {
  return [leaveBehindOption(), timesOption(), zoneOption()];
}

const MAX_JOBS = 64;

export function jobsOption(): Option {
  return new Option(
    '--jobs <number>',
    'threads that read the source, and connections that load (default: the number of processors, at most 8)',
  ).argParser(wholeNumber(1, MAX_JOBS));
}

/** `--leave-behind TABLE[.COLUMN]`, as often as needed. */
function leaveBehindOption(): Option {
  return namesOption(
    '--leave-behind <name>',
    'a table, or a column as table.column, that has no place in the target and stays behind with its data',
  );
}

/** An option that may be given as often as needed, for one name each. */
function namesOption(flags: string, what: string): Option {
  return new Option(flags, `${what}; may be repeated`)
    .argParser((name: string, names: readonly string[]) => [...names, name])
    .default([], 'none');
}

export function notOursOption(): Option {
  return namesOption(
    '--not-ours <table>',
    'a table of PostgreSQL that belongs to another application, as table, schema.table or schema.*; it is not touched',
  );
}

export function notBackOption(): Option {
  return namesOption(
    '--not-back <name>',
    'what has no place in SQLite and stays in PostgreSQL at failback: table, table.column, or a name from the refusal',
  );
}

/** `--leave-behind NAME` at failback. */
export function leaveInPostgresOption(): Option {
  return namesOption(
    '--leave-behind <name>',
    'what has no place in SQLite and stays in PostgreSQL: table, table.column, or a name from the refusal',
  );
}

const UNITS_OF_TIMES = INSTANT_UNITS.join(', ');
const TIMES = new RegExp(`^(.+\\..+)=(${INSTANT_UNITS.join('|')})$`);

/** `--times TABLE.COLUMN=POLICY`, as often as needed. */
function timesOption(): Option {
  return new Option(
    '--times <column=policy>',
    `the meaning of numbers in a date-time column, as table.column=${UNITS_OF_TIMES}; may be repeated`,
  )
    .argParser((value: string, known: Readonly<Record<string, string>>) => {
      const [, column, policy] = TIMES.exec(value) ?? [];
      if (column === undefined || policy === undefined) {
        throw new InvalidArgumentError(
          `It must be like invoices.created_at=epoch-seconds. The units are ${UNITS_OF_TIMES}.`,
        );
      }
      return { ...known, [column]: policy };
    })
    .default({}, 'none');
}

/** `--assume-timezone ZONE`: what date-times without a zone are in. */
function zoneOption(): Option {
  return new Option(
    '--assume-timezone <zone>',
    'the zone of date-times without one: an IANA name or ±HH:MM (default: UTC)',
  ).argParser((zone: string) => {
    try {
      if (/^[+-](0\d|1[0-4]):[0-5]\d$/.test(zone)) return zone;
      if (/^[A-Za-z]/.test(zone))
        return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
    } catch {
      // Said below.
    }
    throw new InvalidArgumentError('It must be a time zone like Europe/Berlin, or an offset like +02:00.');
  });
}

/** `--source FILE`: the SQLite database, and what becomes of it. */
export function sourceOption(becomes = 'it is never written'): Option {
  return new Option('--source <file>', `the SQLite database; ${becomes}`).makeOptionMandatory();
}

export function handOverIsLostOption(): Option {
  return new Option(
    '--hand-over-is-lost',
    'continue with the file as it was at the hand-over, and give up what was written since: the PostgreSQL that took over is lost for good (a standby was promoted, a backup restored), or has failed back to another file',
  );
}

/** `--report FOLDER`: where what was done is written down. */
export function reportOption(): Option {
  return new Option('--report <folder>', 'where the report is written').default('reports');
}

/** `--target-free-space SIZE`, in bytes. */
export function freeSpaceOption(): Option {
  return new Option(
    '--target-free-space <size>',
    'the free space on the disk of the target, such as 20GB, where it cannot be measured',
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
