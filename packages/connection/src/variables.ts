import type { ConfigurationFault } from './configuration-error.ts';

/** Variables as process.env has them. */
export type Env = Readonly<Record<string, string | undefined>>;

/**
 * One variable: what its text means, undefined when it means nothing, and what is allowed, for people. By hand: a
 * library for schemas takes every command longer to load than all of its configuration takes to read.
 */
export interface Variable<Value> {
  read(text: string): Value | undefined;
  readonly allowed: string;
  /** What is wrong with a text that means nothing, where more can be said of it. */
  readonly problem?: string;
}

/** A whole number within bounds. @param zero what a lowest number of 0 stands for */
export function wholeNumber(
  least: number,
  most: number,
  of = 'a whole number',
  zero?: string,
): Variable<number> {
  return {
    read(text) {
      const number = /^\d{1,9}$/.test(text) ? Number(text) : Number.NaN;
      return number >= least && number <= most ? number : undefined;
    },
    allowed: `${of} from ${least}${zero === undefined ? '' : ` (${zero})`} to ${most}`,
  };
}

export function oneOf<const Name extends string>(names: readonly Name[]): Variable<Name> {
  return { read: (text) => names.find((name) => name === text), allowed: names.join(', ') };
}

export function anyText(allowed: string): Variable<string> {
  return { read: (text) => text, allowed };
}

export type VariableValues<Table extends Readonly<Record<string, Variable<unknown>>>> = {
  readonly [Name in keyof Table]?: Exclude<ReturnType<Table[Name]['read']>, undefined>;
};

/** What the variables of a table say. An empty or blank one counts as unset, one that is wrong is entered as a fault. */
export function readVariables<Table extends Readonly<Record<string, Variable<unknown>>>>(
  env: Env,
  table: Table,
  faults: ConfigurationFault[],
): VariableValues<Table> {
  const values: Record<string, unknown> = {};
  for (const [variable, { read, allowed, problem = 'has a value that cannot be used' }] of Object.entries(
    table,
  )) {
    const text = env[variable]?.trim();
    if (!text) continue;
    const value = read(text);
    if (value !== undefined) values[variable] = value;
    else faults.push({ variable, problem, allowed });
  }
  return values as VariableValues<Table>;
}
