import { existsSync } from 'node:fs';
import { openSource, type TransferMapping } from '@vatevo/transfer';
import { ExitCode } from '../exit-codes.ts';
import { OpsError } from '../failure.ts';
import { legacyMapping, ownMapping } from '../legacy/mapping.ts';

/** A SQLite file that we know how to read. */
export interface Source {
  readonly file: string;
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
  const db = openSource(file);
  try {
    const columns = db.prepare(`SELECT name FROM pragma_table_info('tenants')`).pluck().all();
    if (columns.includes('api_key_hash')) return { file, format: 'own', mapping: ownMapping };
    if (columns.includes('api_key')) return { file, format: 'legacy', mapping: legacyMapping };
  } finally {
    db.close();
  }
  throw new OpsError(
    ExitCode.sourceRefused,
    `${file} is a SQLite database, but not one of Vatevo's: it has no table tenants with a column api_key or api_key_hash.`,
    { remedy: ['Check that --source names the right file.'] },
  );
}
