import { execFileSync } from 'node:child_process';
import { ChecksumFile, changedRowids } from '@vatevo/transfer/pipeline';
import { expect, it, onTestFinished } from 'vitest';

function checksumFile(): ChecksumFile {
  const file = new ChecksumFile();
  onTestFinished(() => file.close());
  return file;
}

/** Rows `from`, `from + 1`, …, the checksum of each made of its rowid. */
function piece(from: number, rows: number, sumOf = (rowid: number) => (rowid * 31) >>> 0) {
  const rowids = Float64Array.from({ length: rows }, (_, n) => from + n);
  return { rowids, sums: Uint32Array.from(rowids, sumOf) };
}

it('gives the rows of each table in their order, whatever order they came in', () => {
  const file = checksumFile();
  file.add('b', piece(100, 3));
  file.add('a', piece(-5, 2));
  file.add('b', piece(-(2 ** 53) + 1, 1));
  file.add('b', piece(7, 0));
  file.add('b', piece(50, 10));
  const rowidsOf = (table: string) => [...file.pieces(table)].flatMap(({ rowids }) => rowids.length);
  expect(rowidsOf('b')).toEqual([1, 10, 3]);
  expect([file.rows('a'), file.rows('b'), file.rows('c')]).toEqual([2, 14, 0]);
  const read: [string, number, number][] = [];
  for (const { table, rowids, sums } of file.all()) {
    for (const [n, rowid] of rowids.entries()) read.push([table, Number(rowid), sums[n] as number]);
  }
  // Where numbers cannot tell rowids apart, integers do.
  const large = [2n ** 62n + 3n, 2n ** 62n + 2n, 2n ** 62n].map((rowid) => BigInt64Array.of(rowid));
  for (const rowids of large) file.add('large', { rowids, sums: Uint32Array.of(1) });
  const [before, now] = [checksumFile(), checksumFile()];
  for (const rowids of large) before.add('t', { rowids, sums: Uint32Array.of(1) });
  now.add('t', {
    rowids: BigInt64Array.from(large.flatMap((rowids) => [...rowids]).toReversed()),
    sums: Uint32Array.of(1, 2, 1),
  });
  expect([...file.pieces('large')].length).toBe(3);
  expect([...changedRowids(before.pieces('t'), now.pieces('t'))]).toEqual([2n ** 62n + 2n]);
  expect(read.filter(([table]) => table === 'a')).toEqual([
    ['a', -5, (-5 * 31) >>> 0],
    ['a', -4, (-4 * 31) >>> 0],
  ]);
  expect(read.filter(([table]) => table === 'b').map(([, rowid]) => rowid)).toEqual([
    -(2 ** 53) + 1,
    ...Array.from({ length: 10 }, (_, n) => 50 + n),
    ...[100, 101, 102],
  ]);
});

it('finds what changed, came and went between two of them, whose pieces are other ones', () => {
  const [before, now] = [checksumFile(), checksumFile()];
  for (let from = 0; from < 10_000; from += 1000) before.add('t', piece(from, 1000));
  const changed = (rowid: number) => (rowid % 2500 === 7 ? 1 : (rowid * 31) >>> 0);
  for (let from = 9_300; from >= 0; from -= 300) now.add('t', piece(from, 300, changed));
  now.add('t', piece(10_050, 2));
  const gone = Array.from({ length: 400 }, (_, n) => 9_600 + n);
  expect(
    [...changedRowids(before.pieces('t'), now.pieces('t'))].sort((a, b) => Number(a) - Number(b)),
  ).toEqual([...[7, 2507, 5007, 7507], ...gone, ...[10_050, 10_051]]);
});

it('holds 24 bytes a piece and not 12 a row: less than 350 MB for two of them at 500 GB', () => {
  const heldAt = (rows: number) => {
    const file = checksumFile();
    for (let from = 0; from < rows; from += 500) file.add('t', piece(from, 500));
    for (const { rowids } of file.pieces('t')) expect(rowids.buffer.byteLength).toBe(500 * 8);
    return file.heldBytes;
  };
  const [once, fourTimes] = [heldAt(250_000), heldAt(1_000_000)];
  expect(fourTimes).toBeLessThanOrEqual(4 * once);
  expect(fourTimes).toBeLessThan(100_000);
  // Rows of 918 bytes, as in the benchmark's file; a place for as many pieces again, as the list grows by doubling.
  const pieces = 500e9 / 918 / 500;
  expect(2 * 2 * 24 * pieces).toBeLessThan(350e6);
});

it('says where there is no room, and what to do', () => {
  const program = `
    import { ChecksumFile } from '@vatevo/transfer/pipeline';
    const file = new ChecksumFile();
    try {
      for (let n = 0; n < 1000; n++) file.add('t', { rowids: new Float64Array(1000), sums: new Uint32Array(1000) });
    } catch ({ name, kind, message, next }) {
      console.log(JSON.stringify({ name, kind, message, next }));
    }`;
  // A process that may not make files of more than some blocks meets what a full disk says.
  const script = `trap '' XFSZ; ulimit -f 64; exec "$0" --input-type=module --eval "$1"`;
  const error = JSON.parse(
    execFileSync('bash', ['-c', script, process.execPath, program], { encoding: 'utf8' }),
  );
  expect(error).toMatchObject({ name: 'TransferError', kind: 'no-room', next: { step: 'make-room' } });
  expect(error.message).toMatch(
    /^\/.* has no room for the checksums of all rows, 12 bytes a row \(EFBIG: .*\)\.$/,
  );
});
