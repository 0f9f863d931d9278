import type { ChecksummedTable, RowChecksums } from '@vatevo/transfer/pipeline';
import type { Client } from 'pg';
import { SCHEMA } from './schema.ts';

/** Keeps the checksums of all rows of a file, for whichever process hands over. In the open transaction. */
export async function keepChecksums(
  client: Client,
  move: string,
  tables: readonly ChecksummedTable[],
): Promise<void> {
  await client.query(`DELETE FROM ${SCHEMA}.row_checksum WHERE move_id = $1`, [move]);
  for (const { table, pieces } of tables) {
    for (const { rowids, sums } of pieces) {
      await client.query(
        `INSERT INTO ${SCHEMA}.row_checksum (move_id, tbl, rowids, sums) VALUES ($1, $2, $3, $4)`,
        [move, table.source, bytesOf(rowids), bytesOf(sums)],
      );
    }
  }
}

/** Whether a move holds checksums still: they are removed when they were looked at for the last time. */
export async function hasChecksums(client: Client, move: string): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM ${SCHEMA}.row_checksum WHERE move_id = $1 LIMIT 1`, [
    move,
  ]);
  return rows.length > 0;
}

/** By source table. */
export async function readChecksums(client: Client, move: string): Promise<Map<string, RowChecksums[]>> {
  const { rows } = await client.query<{ tbl: string; rowids: Buffer; sums: Buffer }>(
    `SELECT tbl, rowids, sums FROM ${SCHEMA}.row_checksum WHERE move_id = $1`,
    [move],
  );
  const found = new Map<string, RowChecksums[]>();
  for (const { tbl, rowids, sums } of rows) {
    const piece = { rowids: new Float64Array(aligned(rowids)), sums: new Uint32Array(aligned(sums)) };
    const pieces = found.get(tbl);
    if (pieces) pieces.push(piece);
    else found.set(tbl, [piece]);
  }
  return found;
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A driver's buffer may begin anywhere in a larger one; numbers must begin at a multiple of their size. */
function aligned(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
