import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { COPY_HEADER, COPY_TRAILER } from '../column-types/encode/copy-writer.ts';
import type { TablePlan } from '../plan/types.ts';
import { type Endpoints, useSession } from '../session.ts';
import { prepare } from './prepare.ts';

/** Rows of one table in PostgreSQL's binary COPY format. */
export interface CopyFile {
  readonly path: string;
  /** The target's table and the columns that the file fills, in its order; unquoted. */
  readonly table: string;
  readonly columns: readonly string[];
}

/**
 * Writes what a transfer would load as files for `COPY … FROM … (FORMAT binary)`: as many files a table as
 * there are readers, so that they can be loaded side by side. Neither database is changed, and the values
 * must have passed an inspection.
 *
 * @param folder must exist
 */
export async function writeCopyFiles(endpoints: Endpoints, folder: string): Promise<CopyFile[]> {
  return useSession(endpoints, async ({ source, target }) => {
    const { plan } = await prepare(source, target, endpoints.mapping, new Date().toISOString());
    const view = await source.snapshot();
    const files = new OpenFiles(folder);
    try {
      await view.runAll(view.cut(await view.measure(plan)), async (range, reader, slot) => {
        const file = files.of(range.table, slot);
        for await (const { chunks } of reader.encode(range, () => undefined)) {
          for await (const chunk of chunks ?? []) {
            // Each file has one header and one trailer.
            if (chunk !== COPY_HEADER && chunk !== COPY_TRAILER) write(file, chunk);
          }
        }
      });
    } finally {
      files.close();
    }
    return files.list;
  });
}

class OpenFiles {
  readonly list: CopyFile[] = [];
  readonly #folder: string;
  readonly #handles = new Map<string, number>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  of(table: TablePlan, slot: number): number {
    const path = join(this.#folder, `${table.target.name}-${slot}.copy`);
    const known = this.#handles.get(path);
    if (known !== undefined) return known;
    const handle = openSync(path, 'w');
    this.#handles.set(path, handle);
    const columns = table.columns.filter((column) => !column.generated).map((column) => column.target);
    this.list.push({ path, table: table.target.name, columns });
    write(handle, COPY_HEADER);
    return handle;
  }

  close(): void {
    for (const handle of this.#handles.values()) {
      write(handle, COPY_TRAILER);
      closeSync(handle);
    }
  }
}

function write(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}
