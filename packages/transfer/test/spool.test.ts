import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { CopyWriter } from '../src/column-types/encode/copy-writer.ts';
import type { TablePlan } from '../src/plan/types.ts';
import type { RowRange } from '../src/source/source.ts';
import { Spool } from '../src/source/sqlite/readers/spool.ts';
import { SpoolWriter } from '../src/source/sqlite/readers/spool-writer.ts';
import { buildFaultyEngine } from './faulty-engine.ts';
import { makePair } from './support.ts';

let folder: string;
beforeAll(async () => {
  // On a disk: what lies in memory is no place for it.
  folder = await mkdtemp(join('/var/tmp', 'vatevo-test-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const rangeFrom = (lowest: bigint): RowRange => ({
  table: { target: { schema: 'public', name: 'one' } } as TablePlan,
  bounds: { lowest, highest: lowest + 9n },
});

/** Keeps so many bytes of one value, and says what the reader would. */
function keep(spool: Spool, reader: number, range: RowRange, fill: number, bytes: number): void {
  const place = spool.place(reader);
  if (place === undefined) throw new Error('there is no room');
  const writer = new SpoolWriter(place);
  const out = new CopyWriter();
  out.reserve(bytes);
  out.buffer.fill(fill, 0, bytes);
  out.position = bytes;
  writer.take(out);
  expect([writer.isOpen, writer.bytes, out.position]).toEqual([true, bytes, 0]);
  spool.add(reader, range, { rows: 1, bytes, alterations: [] });
}

async function read(spool: Spool, range: RowRange): Promise<Buffer> {
  const spooled = spool.take(range);
  if (spooled === undefined) throw new Error('the range was not kept');
  const chunks: Buffer[] = [];
  for await (const chunk of spool.read(0, spooled)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks);
}

it('gives every range back as it was kept, from files that nobody sees', async () => {
  const spool = Spool.open(1, [folder]) as Spool;
  const sizes = [1, 600_000, 70 * 2 ** 20, 0, 131_072];
  for (const [i, bytes] of sizes.entries()) {
    keep(spool, i % 2, rangeFrom(BigInt(i) * 10n), i + 1, bytes);
    expect(readdirSync(folder)).toEqual([]);
  }
  expect(spool.take(rangeFrom(77n))).toBeUndefined();
  for (const i of [4, 2, 0, 3, 1]) {
    const bytes = await read(spool, rangeFrom(BigInt(i) * 10n));
    expect(bytes.equals(Buffer.alloc(sizes[i] as number, i + 1))).toBe(true);
  }
  spool.close();
  expect([spool.take(rangeFrom(0n)), spool.place(0)]).toEqual([undefined, undefined]);
});

it('gives nothing any more when it is closed in between', async () => {
  const spool = Spool.open(1, [folder]) as Spool;
  keep(spool, 0, rangeFrom(0n), 7, 2 ** 20);
  const spooled = spool.take(rangeFrom(0n));
  const chunks = spool.read(0, spooled as NonNullable<typeof spooled>);
  await chunks.next();
  spool.close();
  await expect(chunks.next()).rejects.toThrow();
});

it('is not opened where there is no folder for it', () => {
  expect(Spool.open(1, [join(folder, 'missing')])).toBeUndefined();
  const spool = Spool.open(1, [join(folder, 'missing'), folder]);
  expect(spool).toBeDefined();
  spool?.close();
});

const rows = `CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30000)
  INSERT INTO item SELECT i, printf('row %d of many, with some text in it', i) FROM n;`;
const items = 'CREATE TABLE item (id serial PRIMARY KEY, name text NOT NULL)';

it('is not missed where there is no room', async () => {
  const engine = await buildFaultyEngine(
    new URL('./faults/reader-faults.mjs', import.meta.url),
    'finds no room',
  );
  const pair = await makePair(rows, items);
  try {
    const report = await engine.transfer(pair.endpoints);
    expect(report).toMatchObject({ outcome: 'transferred', verification: { equal: true } });
  } finally {
    engine.remove();
    await pair.drop();
  }
});

it('lets go of a range when the disk is full in the middle of it', async () => {
  const pair = await makePair(rows, items);
  try {
    // A limit for files of 1 MiB (in blocks of 512 bytes) refuses to write as a full disk does.
    const script = fileURLToPath(new URL('./support/transfer-once.mjs', import.meta.url));
    const child = spawn('sh', ['-c', `ulimit -f 2048 && exec "$0" "$1"`, process.execPath, script], {
      env: { ...process.env, SOURCE: pair.file, TARGET: pair.url },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.on('data', (data: Buffer) => {
      output += data.toString();
    });
    const code = await new Promise((resolve) => child.on('close', resolve));
    expect([code, JSON.parse(output)]).toMatchObject([0, { equal: true }]);
    expect(await pair.query('SELECT count(*)::int AS rows FROM item')).toEqual([{ rows: 30_000 }]);
  } finally {
    await pair.drop();
  }
});
