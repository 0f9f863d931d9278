import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { ClientBase } from 'pg';
import { from } from 'pg-copy-streams';
import { CHUNK } from '../written-file.ts';
import { COPY } from './export.ts';

const NEWLINE = 10;
const END = '\\.\n';

/** Loads what `exportDatabase` wrote, in the transaction that the client is in. */
export async function loadExport(client: ClientBase, file: string): Promise<void> {
  const lines = readLines(file);
  let sql = '';
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    const line = next.value.toString();
    if (!COPY.test(line)) {
      sql += line;
      continue;
    }
    if (sql !== '') await client.query(sql);
    sql = '';
    await pipeline(rowsOf(lines), client.query(from(line.replace(/;\n$/, ''))));
  }
  if (sql !== '') await client.query(sql);
}

/** The lines up to the mark that ends them, in larger pieces. */
async function* rowsOf(lines: AsyncIterator<Buffer>): AsyncIterableIterator<Buffer> {
  let rows: Buffer[] = [];
  let bytes = 0;
  for (let next = await lines.next(); !next.done; next = await lines.next()) {
    if (next.value.length === END.length && next.value.toString() === END) break;
    rows.push(next.value);
    bytes += next.value.length;
    if (bytes < CHUNK) continue;
    yield Buffer.concat(rows);
    rows = [];
    bytes = 0;
  }
  if (bytes > 0) yield Buffer.concat(rows);
}

/** A file's lines with their newlines. */
async function* readLines(file: string): AsyncIterableIterator<Buffer> {
  let parts: Buffer[] = [];
  for await (const chunk of createReadStream(file, { highWaterMark: CHUNK }) as AsyncIterable<Buffer>) {
    let start = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, start)) {
      const piece = chunk.subarray(start, end + 1);
      yield parts.length === 0 ? piece : Buffer.concat([...parts, piece]);
      parts = [];
      start = end + 1;
    }
    if (start < chunk.length) parts.push(chunk.subarray(start));
  }
  if (parts.length > 0) yield Buffer.concat(parts);
}
