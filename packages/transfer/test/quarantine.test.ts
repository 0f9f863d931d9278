import { readFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Quarantine,
  saveQuarantine,
  type TransferMapping,
  type TransferReport,
  transfer,
  verifyTransfer,
} from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { afterEach, describe, expect, it } from 'vitest';
import { makePair, type Pair } from './support.ts';

const LONG = process.env.VATEVO_TEST_LONG === '1';

let pair: Pair | undefined;
afterEach(async () => {
  await pair?.drop();
  pair = undefined;
});

const MAPPING: TransferMapping = {
  tables: {
    tenant: { columns: { hash: { from: 'key', derive: { kind: 'sha256-hex' }, secret: true } } },
    event: {
      columns: { tenant: { through: { column: 'invoice', table: 'invoice', key: 'id', value: 'tenant' } } },
    },
  },
};
/** Tenant 2 is bad; invoice 12 of tenant 1 too; events 103 and 105 follow, and event 106 is bad by itself. */
const SQLITE = `
  CREATE TABLE tenant (id INTEGER PRIMARY KEY, name TEXT, key TEXT, active BOOLEAN);
  CREATE TABLE invoice (id INTEGER PRIMARY KEY, tenant INTEGER, amount VARCHAR(20), raw);
  CREATE TABLE event (id INTEGER PRIMARY KEY, invoice INTEGER, payload JSON);
  INSERT INTO tenant VALUES (1, 'good', 'vat_one', 1), (2, CAST(x'62ff64' AS TEXT), 'vat_hush', 2), (3, 'alone', 'vat_three', 0);
  INSERT INTO invoice VALUES (11, 1, '10.00', NULL), (12, 1, '1.23E+29', x'00ff'), (13, 2, '5.00', 1.5), (14, 9, '7', 'x'), (15, 3, '1', NULL);
  INSERT INTO event VALUES (101, 11, '{}'), (102, 12, '{"a":NaN}'), (103, 13, '{}'), (104, 11, '[]'), (105, 14, 'null'), (106, 15, ''), (107, NULL, '{}');`;
const POSTGRES = `
  CREATE TABLE tenant (id serial PRIMARY KEY, name text NOT NULL, hash text NOT NULL UNIQUE, active boolean);
  CREATE TABLE invoice (tenant int REFERENCES tenant, id serial, amount numeric, raw bytea, PRIMARY KEY (tenant, id));
  CREATE TABLE event (id serial PRIMARY KEY, tenant int NOT NULL, invoice int, payload jsonb NOT NULL,
    FOREIGN KEY (tenant, invoice) REFERENCES invoice (tenant, id));`;

const rowsOf = ({ listed }: Quarantine) => listed.map(({ table, key }) => `${table} ${key}`);
const fileOf = ({ file }: Pair) => join(dirname(file), 'quarantine.db');

/** Every column of every row as storage class and bytes, which is all that there is to a value. */
function bytesOf(file: string, table: string, where = '1'): unknown[] {
  const db = new Database(file, { readonly: true });
  try {
    const names = db.prepare(`SELECT name FROM pragma_table_info(?)`).pluck().all(table) as string[];
    const columns = names.map((name) => `typeof("${name}"), hex(CAST("${name}" AS BLOB))`);
    return db
      .prepare(`SELECT ${columns.join(', ')} FROM "${table}" WHERE ${where} ORDER BY rowid`)
      .raw()
      .all();
  } finally {
    db.close();
  }
}

async function transferSettingAside(of: Pair): Promise<TransferReport & { quarantine: Quarantine }> {
  const report = await transfer({ ...of.endpoints, quarantine: true });
  if (!report.quarantine) throw new Error('nothing was set aside');
  return report as TransferReport & { quarantine: Quarantine };
}

describe('the quarantine', () => {
  it('takes bad rows and all that depend on them; the others are loaded and proven', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    const { quarantine, verification, outcome } = await transferSettingAside(pair);
    expect(outcome).toBe('transferred');
    expect(verification?.equal).toBe(true);
    expect(rowsOf(quarantine)).toEqual([
      'event id=102',
      'event id=103',
      'event id=105',
      'event id=106',
      'event id=107',
      'invoice id=12',
      'invoice id=13',
      'invoice id=14',
      'tenant id=2',
    ]);
    expect(quarantine.tables).toEqual([
      { source: 'event', target: 'event', sourceRows: 7, loaded: 2, quarantined: 5 },
      { source: 'invoice', target: 'invoice', sourceRows: 5, loaded: 2, quarantined: 3 },
      { source: 'tenant', target: 'tenant', sourceRows: 3, loaded: 2, quarantined: 1 },
    ]);
    expect(quarantine.listed.find(({ key }) => key === 'id=103')?.reasons).toEqual([
      { column: 'invoice, invoice', reason: 'its row of invoice is in the quarantine', value: '2, 13' },
    ]);
    expect(quarantine.reasons).toContainEqual({
      table: 'event',
      column: 'payload',
      reason: 'not valid JSON (at 5)',
      rows: 1,
    });
    expect(await pair.query('SELECT id FROM event UNION ALL SELECT id FROM invoice ORDER BY 1')).toEqual(
      [11, 15, 101, 104].map((id) => ({ id })),
    );
    // The ids of rows that may be fixed and brought in later stay free.
    expect(
      await pair.query(
        `SELECT nextval('event_id_seq')::int AS event, nextval('invoice_id_seq')::int AS invoice`,
      ),
    ).toEqual([{ event: 108, invoice: 16 }]);
    expect(await verifyTransfer(pair.endpoints)).toMatchObject({ equal: true, excluded: 9 });
  });

  it('keeps every byte, in the ledger and in a file that only its owner reads', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    const { runId, quarantine } = await transferSettingAside(pair);
    const file = fileOf(pair);
    expect(await saveQuarantine(pair.endpoints, runId, file)).toBe(9);
    expect(await saveQuarantine(pair.endpoints, runId, file)).toBe(9);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(bytesOf(file, 'tenant')).toEqual(bytesOf(pair.file, 'tenant', 'id = 2'));
    expect(bytesOf(file, 'invoice')).toEqual(bytesOf(pair.file, 'invoice', 'id IN (12, 13, 14)'));
    expect(bytesOf(file, 'event')).toEqual(bytesOf(pair.file, 'event', 'id NOT IN (101, 104)'));
    expect(
      await pair.query(
        `SELECT storage_class, encode(bytes, 'hex') AS bytes FROM vatevo_transfer.quarantine_value WHERE table_name = 'tenant' ORDER BY ordinal`,
      ),
    ).toEqual([
      { storage_class: 'integer', bytes: '0000000000000002' },
      { storage_class: 'text', bytes: '62ff64' },
      { storage_class: 'text', bytes: Buffer.from('vat_hush').toString('hex') },
      { storage_class: 'integer', bytes: '0000000000000002' },
    ]);
    // Nowhere but in the store itself.
    expect(JSON.stringify(quarantine)).not.toContain('hush');
    const { rows } = {
      rows: await pair.query<{ reasons: unknown }>('SELECT reasons FROM vatevo_transfer.quarantine'),
    };
    expect(JSON.stringify(rows)).not.toContain('hush');
  });

  it('gives rows back to a SQLite file byte for byte', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    const { runId } = await transferSettingAside(pair);
    await saveQuarantine(pair.endpoints, runId, fileOf(pair));
    const before = ['tenant', 'invoice', 'event'].map((table) => bytesOf((pair as Pair).file, table));
    pair.sqlite(`
      DELETE FROM event WHERE id NOT IN (101, 104); DELETE FROM invoice WHERE id IN (12, 13, 14); DELETE FROM tenant WHERE id = 2;
      ATTACH '${fileOf(pair)}' AS quarantine;
      INSERT INTO tenant SELECT * FROM quarantine.tenant;
      INSERT INTO invoice SELECT * FROM quarantine.invoice;
      INSERT INTO event SELECT * FROM quarantine.event;`);
    expect(['tenant', 'invoice', 'event'].map((table) => bytesOf((pair as Pair).file, table))).toEqual(
      before,
    );
  });

  it('is resumed by a run that was stopped, with or without the option', async () => {
    for (const stage of LONG ? (['copy', 'finalize', 'verify'] as const) : (['copy', 'verify'] as const)) {
      const stopped = await makePair(SQLITE, POSTGRES, MAPPING);
      try {
        const failing = transfer({
          ...stopped.endpoints,
          quarantine: true,
          onProgress: (progress) => {
            if (progress.stage === stage) throw new Error('stopped');
          },
        });
        await expect(failing).rejects.toThrow('stopped');
        const report = await transfer({ ...stopped.endpoints, quarantine: stage === 'copy' });
        expect(report).toMatchObject({
          outcome: 'resumed',
          quarantine: { rows: 9 },
          verification: { equal: true },
        });
        expect(await transfer(stopped.endpoints)).toMatchObject({
          outcome: 'already-complete',
          quarantine: { rows: 9 },
        });
      } finally {
        await stopped.drop();
      }
    }
  });

  it('goes with a run that is discarded, and is not made where every value fits', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    const failing = transfer({
      ...pair.endpoints,
      quarantine: true,
      onProgress: ({ stage }) => {
        if (stage === 'finalize') throw new Error('stopped');
      },
    });
    await expect(failing).rejects.toThrow('stopped');
    pair.sqlite(`
      DELETE FROM event WHERE id NOT IN (101, 104); DELETE FROM invoice WHERE id IN (12, 13, 14); DELETE FROM tenant WHERE id = 2;`);
    const report = await transfer({ ...pair.endpoints, quarantine: true, discardUnfinished: true });
    expect(report.quarantine).toBeUndefined();
    expect(await pair.query('SELECT count(*)::int AS rows FROM vatevo_transfer.quarantine_value')).toEqual([
      { rows: 0 },
    ]);
    expect(await saveQuarantine(pair.endpoints, report.runId, fileOf(pair))).toBe(0);
  });

  it('finds rows by keys of any kind: composite, not UTF-8, NULL, no key at all', async () => {
    pair = await makePair(
      `CREATE TABLE w (a TEXT COLLATE NOCASE, b, v INTEGER, PRIMARY KEY (a, b)) WITHOUT ROWID;
       INSERT INTO w VALUES ('x', 1, 1), ('x', 2, 99999999999), (CAST(x'ff' AS TEXT), 1, 1), ('y', 1.5, 1), ('z', x'00', 1), ('Y', 3, 3);
       CREATE TABLE k (k TEXT PRIMARY KEY, v INTEGER); INSERT INTO k VALUES (NULL, 1), (NULL, 2), ('a', 3), ('b', 'bad'), ('', 4);
       CREATE TABLE n (v, w); INSERT INTO n VALUES (1, 'a'), (1, 'a'), ('bad', 'a'), ('bad', 'a'), (NULL, 'b');
       CREATE TABLE hidden (rowid, oid, _rowid_ TEXT);
       INSERT INTO hidden VALUES (1, 2, 'a'), (1, 2, 'a'), (NULL, 'bad', 'b'), (NULL, 'bad', 'b'), (NULL, NULL, NULL);`,
      `CREATE TABLE w (a text, b int, v int, PRIMARY KEY (a, b)); CREATE TABLE k (k text PRIMARY KEY, v int);
       CREATE TABLE n (v int, w text); CREATE TABLE hidden (rowid int, oid int, _rowid_ text);`,
    );
    const { quarantine, runId, verification } = await transferSettingAside(pair);
    expect(verification?.equal).toBe(true);
    expect(quarantine.tables.map(({ target, loaded, quarantined }) => [target, loaded, quarantined])).toEqual(
      [
        ['hidden', 3, 2],
        ['k', 2, 3],
        ['n', 3, 2],
        ['w', 2, 4],
      ],
    );
    await saveQuarantine(pair.endpoints, runId, fileOf(pair));
    expect(bytesOf(fileOf(pair), 'k')).toEqual(bytesOf(pair.file, 'k', `k IS NULL OR v = 'bad'`));
    const w = new Database(fileOf(pair), { readonly: true });
    expect(w.prepare('SELECT hex(a), typeof(b), v FROM w ORDER BY hex(a), v').raw().all()).toEqual([
      ['78', 'integer', 99999999999],
      ['79', 'real', 1],
      ['7A', 'blob', 1],
      ['FF', 'integer', 1],
    ]);
    w.close();
    expect(await verifyTransfer(pair.endpoints)).toMatchObject({ equal: true, excluded: 11 });
  });

  it('takes rows that a CHECK of the target rejects, whatever their key', async () => {
    pair = await makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, n); INSERT INTO t VALUES (1, 5), (2, -5), (3, 'x'), (4, NULL), (5, -1);
       CREATE TABLE w (k TEXT PRIMARY KEY, n, more) WITHOUT ROWID; INSERT INTO w VALUES ('a', 1, 'x'), ('b', -1, 'x'), ('c', 2, x'00');`,
      `CREATE TABLE t (id int PRIMARY KEY, n int CHECK (n > 0)); CREATE TABLE w (k text PRIMARY KEY, n int CHECK (n > 0), more text);`,
    );
    const { quarantine, verification } = await transferSettingAside(pair);
    expect(verification?.equal).toBe(true);
    expect(rowsOf(quarantine)).toEqual(['t id=2', 't id=3', 't id=5', 'w k=b', 'w k=c']);
    expect(quarantine.reasons).toContainEqual({
      table: 't',
      column: 'n',
      reason: 'breaks the check t_n_check of the target',
      rows: 2,
    });
  });

  it('is not led astray by names', async () => {
    pair = await makePair(
      `CREATE TABLE "it's ""odd"" ünï" ("place" INTEGER PRIMARY KEY, "l0" TEXT, "x.y" INTEGER, "select" BLOB);
       INSERT INTO "it's ""odd"" ünï" VALUES (1, 'a', 1, x'00'), (2, 'b', 'bad', x'ff'), (3, 'c', 3, 'text');
       CREATE TABLE t (rowid TEXT, oid TEXT, n INTEGER); INSERT INTO t VALUES ('r', 'o', 'bad'), ('r', 'o', 1);
       CREATE TABLE Vatevo_Quarantine (id INTEGER PRIMARY KEY, n INTEGER, g INTEGER AS (id * 2)); INSERT INTO Vatevo_Quarantine VALUES (1, 'bad'), (2, 2);`,
      `CREATE TABLE "it's ""odd"" ünï" ("place" int PRIMARY KEY, "l0" text, "x.y" int, "select" bytea);
       CREATE TABLE t (rowid text, oid text, n int); CREATE TABLE vatevo_quarantine (id int PRIMARY KEY, n int, g int);`,
    );
    const { quarantine, runId, verification } = await transferSettingAside(pair);
    expect(verification?.equal).toBe(true);
    expect(quarantine.tables.map(({ loaded, quarantined }) => [loaded, quarantined])).toEqual([
      [1, 2],
      [1, 1],
      [1, 1],
    ]);
    expect(await saveQuarantine(pair.endpoints, runId, fileOf(pair))).toBe(4);
    const file = new Database(fileOf(pair), { readonly: true });
    const tables = file.prepare('SELECT name FROM sqlite_schema ORDER BY 1').pluck().all();
    expect(tables.sort()).toEqual([`it's "odd" ünï`, 't', 'Vatevo_Quarantine', 'vatevo_quarantine_'].sort());
    expect(file.prepare('SELECT _rowid_, * FROM t').raw().all()).toEqual([[1, 'r', 'o', 'bad']]);
    expect(file.prepare('SELECT * FROM Vatevo_Quarantine').raw().all()).toEqual([[1, 'bad']]);
    expect(
      file.prepare(`SELECT row_key, row_id FROM vatevo_quarantine_ WHERE table_name = 't'`).raw().all(),
    ).toEqual([['_rowid_=1', 1]]);
    file.close();
  });

  it('follows chains and cycles of foreign keys to their end', async () => {
    pair = await makePair(
      `CREATE TABLE chain (id INTEGER PRIMARY KEY, up INTEGER, v);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000) INSERT INTO chain SELECT i, i - 1, 1 FROM n;
       UPDATE chain SET up = NULL WHERE id IN (1, 2001); UPDATE chain SET v = 'bad' WHERE id = 2500;
       CREATE TABLE a (id INTEGER PRIMARY KEY, b INTEGER, v); CREATE TABLE b (id INTEGER PRIMARY KEY, a INTEGER);
       INSERT INTO a VALUES (1, 1, 1), (2, 2, 1), (3, 1, 'bad'), (4, 3, 1); INSERT INTO b VALUES (1, 2), (2, 1), (3, 3), (4, 4), (5, NULL);`,
      `CREATE TABLE chain (id int PRIMARY KEY, up int REFERENCES chain, v int);
       CREATE TABLE a (id int PRIMARY KEY, b int, v int); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a);
       ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b;`,
    );
    const { quarantine, verification } = await transferSettingAside(pair);
    expect(verification?.equal).toBe(true);
    expect(quarantine.tables.map(({ target, quarantined }) => [target, quarantined])).toEqual([
      ['a', 2],
      ['b', 2],
      ['chain', 2501],
    ]);
    expect(rowsOf(quarantine).slice(0, 4)).toEqual(['a id=3', 'a id=4', 'b id=3', 'b id=4']);
  });

  it.runIf(LONG)('can hold a whole table, and more rows than a list shows or a page takes', async () => {
    const rows = 25_000;
    pair = await makePair(
      `CREATE TABLE t (id INTEGER PRIMARY KEY, v TEXT); CREATE TABLE u (id INTEGER PRIMARY KEY);
       WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows}) INSERT INTO t SELECT i, 'row ' || i FROM n;
       UPDATE t SET v = zeroblob(5000000) WHERE id = 7; INSERT INTO u VALUES (1);`,
      'CREATE TABLE t (id int PRIMARY KEY, v int); CREATE TABLE u (id int PRIMARY KEY)',
    );
    const { quarantine, runId } = await transferSettingAside(pair);
    expect(quarantine).toMatchObject({
      rows,
      tables: [
        { target: 't', loaded: 0, quarantined: rows },
        { target: 'u', loaded: 1, quarantined: 0 },
      ],
    });
    await saveQuarantine(pair.endpoints, runId, fileOf(pair));
    expect(bytesOf(fileOf(pair), 't', 'id = 7')).toEqual(bytesOf(pair.file, 't', 'id = 7'));
    const last = `id > ${rows - 10}`;
    expect(bytesOf(fileOf(pair), 't', last)).toEqual(bytesOf(pair.file, 't', last));
    rmSync(fileOf(pair));
  });

  it('never touches the source', async () => {
    pair = await makePair(SQLITE, POSTGRES, MAPPING);
    const before = readFileSync(pair.file);
    await transferSettingAside(pair);
    expect(readFileSync(pair.file).equals(before)).toBe(true);
  });
});

it.each(['2e301', '-2e301', '9e999'])('sets aside %s in columns of times', async (number) => {
  const types = ['date', 'time', 'timestamp', 'timestamptz', 'interval'];
  pair = await makePair(
    `CREATE TABLE t (id INTEGER PRIMARY KEY, ${types.map((type) => `"${type}"`).join(', ')});
     INSERT INTO t (id) VALUES (0);
     ${types.map((type) => `INSERT INTO t ("${type}") VALUES (${number});`).join('\n')}`,
    `CREATE TABLE t (id int PRIMARY KEY, ${types.map((type) => `"${type}" ${type}`).join(', ')})`,
  );
  const { quarantine, verification } = await transfer({ ...pair.endpoints, quarantine: true });
  expect(quarantine?.rows).toBe(types.length);
  expect(verification).toMatchObject({ equal: true, tables: [{ targetRows: 1 }] });
  expect(await verifyTransfer(pair.endpoints)).toMatchObject({ equal: true });
});
