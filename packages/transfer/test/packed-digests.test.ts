import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { unequalPacked } from '../src/pipeline/packed-digests.ts';
import type { PackedDigests } from '../src/plan/rows.ts';
import type { TablePlan } from '../src/plan/types.ts';
import { openSource } from '../src/source/sqlite/open.ts';
import { rowDigests } from '../src/source/sqlite/proof/source-digest.ts';
import { Budget } from '../src/source/sqlite/readers/budget.ts';
import { packDigests } from '../src/source/sqlite/readers/packed-digests.ts';

/** Rows by key, each with a byte that stands for its digest. */
const someRows = fc.uniqueArray(fc.tuple(fc.bigInt({ min: -4n, max: 4n }), fc.integer({ min: 0, max: 1 })), {
  selector: ([key]) => key,
});

function pack(rows: readonly (readonly [bigint, number])[]): PackedDigests {
  const inOrder = rows.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const keys = Buffer.alloc(inOrder.length * 8);
  const digests = Buffer.alloc(inOrder.length * 32);
  for (const [i, [key, byte]] of inOrder.entries()) {
    keys.writeBigInt64BE(key, i * 8);
    digests.fill(byte, i * 32 + 31, i * 32 + 32);
  }
  return { keys, digests };
}

it('names every row that is not in both, or not the same in both', () => {
  fc.assert(
    fc.property(someRows, someRows, (ours, theirs) => {
      const [here, there] = [new Map(ours), new Map(theirs)];
      const all = new Set([...here.keys(), ...there.keys()]);
      const expected = [...all].filter((key) => here.get(key) !== there.get(key)).map(String);
      const found = unequalPacked(pack(ours), pack(theirs));
      expect(found.flat().toSorted()).toEqual(expected.toSorted());
    }),
  );
});

it('digests rows as the proof of a snapshot does, with texts that are no UTF-8 and in steps, too', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-packed-'));
  const file = join(folder, 'source.db');
  const db = new Database(file);
  try {
    db.exec(`
      CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT);
      INSERT INTO t VALUES (-9223372036854775808, 'first'), (-1, NULL), (5, 'five'), (9223372036854775807, 'last');
      CREATE TABLE broken (id INTEGER PRIMARY KEY, v TEXT);
      INSERT INTO broken VALUES (1, 'one'), (2, CAST(x'ff' AS TEXT)), (3, 'three');`);
    const source = openSource(file);
    for (const name of ['t', 'broken']) {
      const table: TablePlan = {
        source: name,
        target: { schema: 'public', name },
        key: ['id'],
        rowid: 'id',
        columns: [
          { ...COLUMN, target: 'id', type: { name: 'int8', sql: 'bigint' }, from: { column: 'id' } },
          { ...COLUMN, target: 'v', type: { name: 'text', sql: 'text' }, from: { column: 'v' } },
        ],
        identity: [0],
      };
      const known = rowDigests(source, { table }).map(([, hex]) => hex);
      const range = { table, bounds: { lowest: -(2n ** 63n), highest: 2n ** 63n - 1n } };
      const whole = packDigests(source, range, undefined, undefined);
      expect(split(whole.pack().packed?.digests)).toEqual(known);
      const steps: string[] = [];
      let { lowest } = range.bounds;
      for (let last: bigint | undefined = -1n; last !== undefined; lowest = last + 1n) {
        const budget = new Budget({ ms: 1_000, bytes: 1 });
        const read = packDigests(source, { table, bounds: { ...range.bounds, lowest } }, budget, undefined);
        steps.push(...split(read.pack().packed?.digests));
        last = read.stoppedAt;
        if (last === undefined || last === range.bounds.highest) break;
      }
      expect(steps).toEqual(known);
    }
    source.close();
  } finally {
    db.close();
    rmSync(folder, { recursive: true });
  }
});

const COLUMN = { notNull: false, generated: false, secret: false } as const;

function split(digests: Uint8Array = new Uint8Array()): string[] {
  const hex = Buffer.from(digests).toString('hex');
  return hex.match(/.{64}/g) ?? [];
}
