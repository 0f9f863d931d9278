import type { Where } from '../orm.ts';
import type { Api } from './api.ts';

/** A server of npm that works on SQLite and on PostgreSQL, and what is tried with it. */
export interface NpmApplication {
  /** What is installed, each in the version that was tried. */
  readonly packages: Readonly<Record<string, string>>;
  /** What its own generator would write beside them. */
  readonly files?: Readonly<Record<string, string>>;
  /** The environment of all its processes, beside the PATH. */
  environment(where: Where, port: number): Readonly<Record<string, string>>;
  /** What Node runs. */
  readonly start: readonly string[];
  /** What it says when it answers. */
  readonly started: string;
  /** Makes its tables: like those of another database of its own, where one is given. Where this is not here, a start makes them. */
  createTables?(run: Run, like?: Run): Promise<void>;
  /** The first person signs up; and signs in, after the move by what was stored. */
  signUp(api: Api): Promise<void>;
  signIn(api: Api): Promise<void>;
  /** What people do with it. */
  fill(api: Api): Promise<void>;
  /** Everything that it answers about what they did. */
  read(api: Api): Promise<object>;
  /** One more of everything, under the ids that the database assigns. */
  goOn(api: Api): Promise<void>;
}

/** Runs one of its commands on a database. @returns what it printed */
export type Run = (...args: readonly string[]) => Promise<string>;
