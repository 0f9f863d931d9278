import type { Testbed } from './testbed.ts';

export interface Result {
  /** Seconds of loading rows alone. */
  readonly copySeconds: number;
  /** Seconds from start to end, with all that the loader does beside loading. */
  readonly wholeSeconds: number;
  readonly peakBytes: number | undefined;
  /** Seconds of the processor that the program took, and the server for it; undefined where they cannot be read. */
  readonly programSeconds: number | undefined;
  readonly serverSeconds: number | undefined;
  /** Seconds by stage, where the loader tells. */
  readonly stages?: Readonly<Record<string, number>>;
}

/** One way to get the source's rows into PostgreSQL. */
export interface Loader {
  readonly name: string;
  /** Programs that must be installed. */
  readonly needs: readonly string[];
  /** Loads the source into a database that nobody has used before. */
  run(testbed: Testbed): Promise<Result>;
}
