import { ChecksumFile, type TableChecksums } from '@vatevo/transfer/pipeline';
import { inTransaction } from '@vatevo/transfer/postgres';
import { type Client, escapeLiteral } from 'pg';
import { SCHEMA } from './schema.ts';

/** Keeps the checksums of all rows of a file, for whichever process hands over. In the open transaction. */
export async function keepChecksums(
  client: Client,
  move: string,
  pieces: Iterable<TableChecksums>,
): Promise<void> {
  await client.query(`DELETE FROM ${SCHEMA}.row_checksum WHERE move_id = $1`, [move]);
  for (const { table, rowids, sums } of pieces) {
    await client.query(
      `INSERT INTO ${SCHEMA}.row_checksum (move_id, tbl, rowids, sums, large) VALUES ($1, $2, $3, $4, $5)`,
      [move, table, bytesOf(rowids), bytesOf(sums), rowids instanceof BigInt64Array],
    );
  }
}

/** Whether a move holds checksums still: they are removed when they were looked at for the last time. */
export async function hasChecksums(client: Client, move: string): Promise<boolean> {
  const { rows } = await client.query(`SELECT FROM ${SCHEMA}.row_checksum WHERE move_id = $1 LIMIT 1`, [
    move,
  ]);
  return rows.length > 0;
}

/** Pieces that the server sends at a time: some MB. */
const PIECES_AT_A_TIME = 100;

/** Reads what was kept into a file of this process, piece by piece; the caller closes it. In a transaction of its own. */
export async function readChecksums(client: Client, move: string): Promise<ChecksumFile> {
  const file = new ChecksumFile();
  try {
    await inTransaction(client, 'BEGIN READ ONLY', async () => {
      await client.query(
        `DECLARE row_checksums NO SCROLL CURSOR FOR SELECT tbl, rowids, sums, large FROM ${SCHEMA}.row_checksum WHERE move_id = ${escapeLiteral(move)}`,
      );
      for (let found = 1; found > 0; ) {
        const { rows } = await client.query<{ tbl: string; rowids: Buffer; sums: Buffer; large: boolean }>(
          `FETCH ${PIECES_AT_A_TIME} FROM row_checksums`,
        );
        for (const { tbl, rowids, sums, large } of rows) {
          const numbers = aligned(rowids);
          file.add(tbl, {
            rowids: large ? new BigInt64Array(numbers) : new Float64Array(numbers),
            sums: new Uint32Array(aligned(sums)),
          });
        }
        found = rows.length;
      }
    });
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

function bytesOf({ buffer, byteOffset, byteLength }: Float64Array | BigInt64Array | Uint32Array): Buffer {
  return Buffer.from(buffer, byteOffset, byteLength);
}

/** A driver's buffer may begin anywhere in a larger one; numbers must begin at a multiple of their size. */
function aligned(bytes: Buffer): ArrayBuffer {
  return bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer;
}
