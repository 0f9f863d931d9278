import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { type Endpoints, useSession } from '@vatevo/transfer';
import { prepare } from '@vatevo/transfer/pipeline';

/** Rows of one table in PostgreSQL's binary COPY format. */
export interface CopyFile {
  readonly path: string;
  /** The reader that wrote it: files of one can be loaded beside those of another. */
  readonly slot: number;
  /** The target's table and the columns that the file fills, in its order; unquoted. */
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * Writes what a transfer would load as files for `COPY … FROM … (FORMAT binary)`, one for each range of rows. Neither
 * database is changed, and the values must have passed an inspection.
 *
 * @param folder must exist
 */
export async function writeCopyFiles(endpoints: Endpoints, folder: string): Promise<CopyFile[]> {
  return useSession(endpoints, async ({ source, target }) => {
    const { plan } = await prepare(source, target, endpoints.mapping, new Date().toISOString());
    const view = await source.snapshot();
    const files: CopyFile[] = [];
    await view.runAll(view.cut(await view.measure(plan)), async (range, reader, slot) => {
      const { target: to, columns } = range.table;
      for await (const { chunks = [] } of reader.encode(range, () => undefined)) {
        const path = join(folder, `${to.name}-${files.length}.copy`);
        const filled = columns.filter((column) => !column.generated).map((column) => column.target);
        files.push({ path, slot, table: to.name, columns: filled });
        await pipeline(chunks, createWriteStream(path));
      }
    });
    return files;
  });
}
