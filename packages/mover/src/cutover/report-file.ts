import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Reporter } from '@vatevo/shell';
import { packageVersion } from '../version.ts';

/** What a report of a hand-over says, in either direction. */
export interface HandOverReport {
  readonly direction: 'to-postgresql' | 'to-sqlite';
  readonly moveId: string;
  /** The file, and the server without its password. */
  readonly sqlite: string;
  readonly postgresql: string;
  /** What the engine found, its `downtimeMs` among it. */
  readonly result: object;
}

/**
 * Writes the report of a hand-over as JSON. The hand-over has been made by then: a report that cannot be
 * written is a warning and no failure.
 *
 * @returns the file; undefined when it could not be written
 */
export async function writeHandOverReport(
  folder: string,
  about: HandOverReport,
  report: Reporter,
): Promise<string | undefined> {
  const finishedAt = new Date().toISOString();
  const file = join(folder, `hand-over-${about.direction}-${finishedAt.replaceAll(':', '')}.json`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(file, `${JSON.stringify({ ...about, finishedAt, version: packageVersion }, null, 2)}\n`);
    return file;
  } catch (error) {
    report.warn(`The report could not be written to ${folder} (${(error as Error).message}).`);
    return undefined;
  }
}
