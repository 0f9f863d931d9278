import type * as shell from '@vatevo/shell';
import type { Option } from 'commander';
import type { Formats } from './transfer/formats.ts';

/** What a program makes of the commands that it shares with others. */
export interface Preset {
  /** How a command is typed: `transfer` is `pnpm ops:transfer`. */
  typed(command: string): string;
  /** Options of all commands that work on two databases, beside those that every program has. */
  options(): readonly Option[];
  /**
   * The formats of SQLite files that it knows; loaded when one is to be told.
   *
   * @param given what was given of its own options
   */
  formats(given: object, run: Pick<Run, 'resolvePath'>): Promise<Formats>;
  readonly advice: Advice;
  /** Variables of the configuration that are another application's here, whatever they hold. */
  readonly foreignVariables?: readonly string[];
}

/** What comes after a command, for people: who uses the database differs from program to program. */
export interface Advice {
  /** When PostgreSQL has taken over. */
  readonly usePostgres: string;
  /** When a SQLite file has taken over. */
  useSqlite(file: string): readonly string[];
  /** When a database has been restored. */
  readonly restored: readonly string[];
  /** The command that makes PostgreSQL's tables, or brings them up to date. */
  readonly prepare?: string;
  /** The command that writes migrations of both databases. */
  readonly migrate?: string;
  /** The command that brings the tables of a cluster together on one server. */
  readonly bringTogether?: string;
  /** What else notices that an index or a constraint is missing. */
  readonly structure?: string;
}

/** What a running command gets from the shell around it, and from its program. */
export type Run = shell.Run<Preset>;

export type Shell = shell.Shell<Preset>;

export type Register = shell.Register<Preset>;
