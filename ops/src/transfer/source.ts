import { existsSync } from 'node:fs';
import { openSource, type ReachedSource, reachSource, type TransferMapping } from '@vatevo/transfer';
import { ExitCode } from '../exit-codes.ts';
import { OpsError } from '../failure.ts';
import { legacyMapping, ownMapping } from '../legacy/mapping.ts';

/** A SQLite file that we know how to read. */
export interface Source {
  readonly file: string;
  /** What is read of it: the file itself, or a copy where reading would have to write. */
  readonly reached: ReachedSource;
  readonly format: 'legacy' | 'own';
  readonly mapping: TransferMapping;
}

/**
 * Looks into a SQLite file and tells which format it has: ours hashes the tenants' keys, the legacy one
 * holds them.
 */
export function recogniseSource(file: string): Source {
  if (!existsSync(file)) {
    throw new OpsError(
      ExitCode.usage,
      `There is no file ${file}: give --source the path of the SQLite database.`,
    );
  }
  const reached = reachSource(file);
  try {
    const format = formatOf(reached);
    if (format) return { file, reached, format, mapping: format === 'own' ? ownMapping : legacyMapping };
  } catch (error) {
    reached.release();
    throw error;
  }
  reached.release();
  throw new OpsError(
    ExitCode.sourceRefused,
    `${file} is a SQLite database, but not one of Vatevo's: it has no table tenants with a column api_key or api_key_hash.`,
    { remedy: ['Check that --source names the right file.'] },
  );
}

function formatOf({ file }: ReachedSource): Source['format'] | undefined {
  const db = openSource(file);
  try {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('tenants')`).pluck().all();
    if (columns.includes('api_key_hash')) return 'own';
    return columns.includes('api_key') ? 'legacy' : undefined;
  } finally {
    db.close();
  }
}
