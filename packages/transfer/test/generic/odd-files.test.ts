import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inspectSource, openSource, readableSource, TransferError, transfer } from '@vatevo/transfer';
import Database from 'better-sqlite3';
import { afterAll, describe, expect, it } from 'vitest';
import { makePair } from '../support.ts';

const folder = realpathSync(mkdtempSync(join(tmpdir(), 'vatevo-odd-files-')));
chmodSync(folder, 0o755);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let made = 0;
/** A folder of its own, so that nothing lies beside a file but what the test puts there. */
function place(name: string): string {
  const own = join(folder, String(++made));
  mkdirSync(own);
  return join(own, name);
}

const ROWS = 500;
const FILL = `CREATE TABLE t (id INTEGER PRIMARY KEY, x TEXT);
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${ROWS}) INSERT INTO t SELECT i, 'row ' || i FROM n;`;

function database(name = 'source.db', more = ''): string {
  const file = place(name);
  const db = new Database(file);
  db.exec(`${more}; ${FILL}`);
  db.close();
  return file;
}

/** What a crash in the middle of a transaction leaves: half of it in the file, and the journal to undo it. */
function withHotJournal(): string {
  const file = database();
  const crashed = place('crashed.db');
  const writer = new Database(file);
  writer.exec(
    `PRAGMA cache_size = 1; BEGIN; UPDATE t SET x = printf('%0900d', id); DELETE FROM t WHERE id > 400;`,
  );
  copyFileSync(file, crashed);
  copyFileSync(`${file}-journal`, `${crashed}-journal`);
  writer.close();
  return crashed;
}

/** What a crash leaves of a file in WAL mode: the last commits are in the log alone. */
function withUnmergedWal(): string {
  const file = place('live.db');
  const left = place('left.db');
  const writer = new Database(file);
  writer.exec(`PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0; ${FILL}`);
  copyFileSync(file, left);
  copyFileSync(`${file}-wal`, `${left}-wal`);
  writer.close();
  return left;
}

const contents = (file: string) =>
  readdirSync(dirname(file))
    .filter((name) => !name.endsWith('-shm'))
    .map((name) => [
      name,
      readFileSync(join(dirname(file), name)).toString('base64').length,
      readFileSync(join(dirname(file), name), 'latin1'),
    ]);

function refusal(file: string): string {
  try {
    readableSource(file).release();
  } catch (error) {
    expect(error).toBeInstanceOf(TransferError);
    expect((error as TransferError).kind).toBe('source-unusable');
    return (error as TransferError).message;
  }
  throw new Error(`${file} was not refused`);
}

const rowsIn = (file: string) => openSource(file).prepare('SELECT count(*) FROM t').pluck().get();

it('an index that does not fit its table is told apart from damaged rows, and both ways out work', async () => {
  const file = database('indexed.db', `PRAGMA encoding = 'UTF-8'`);
  const db = new Database(file);
  db.exec(`CREATE INDEX "by ""x""" ON t (length(x))`);
  db.unsafeMode().pragma('writable_schema = ON');
  db.exec(`UPDATE sqlite_schema SET sql = replace(sql, 'length', '-length') WHERE type = 'index'`);
  db.close();
  const pair = await makePair('', 'CREATE TABLE t (id int PRIMARY KEY, x text)');
  try {
    for (const take of [/sqlite3 FILE 'REINDEX'/, /DROP INDEX "[^)]+/]) {
      const [source, broken] = [place('repaired.db'), place('broken.db')];
      for (const copy of [source, broken]) copyFileSync(file, copy);
      const error = await transfer({ ...pair.endpoints, source: broken }).catch((cause: unknown) => cause);
      expect(error).toBeInstanceOf(TransferError);
      const [command = ''] = take.exec((error as TransferError).message) ?? [];
      if (command.startsWith('sqlite3')) {
        execFileSync('sh', ['-c', command.replace('FILE', `"${source}"`)]);
      } else {
        const repaired = new Database(source);
        repaired.exec(command);
        repaired.close();
      }
      const report = await inspectSource({ ...pair.endpoints, source });
      expect(report.refusals).toEqual([]);
    }
  } finally {
    await pair.drop();
  }
});

describe('a source that is no readable database is refused in one sentence', () => {
  it.each<[string, () => string, RegExp]>([
    ['a path without a file', () => place('none.db'), /^There is no file .*none\.db/],
    ['a link to nothing', () => link(place('gone.db')), /^There is no file/],
    ['a folder', () => dirname(place('x')), /is a folder, not a SQLite database/],
    ['an empty file', () => written(''), /is empty \(0 bytes\)/],
    ['a device', () => '/dev/null', /is a pipe, a socket or a device/],
    ['a pipe', () => pipe(), /is a pipe, a socket or a device/],
    [
      'a text file',
      () => written('id;name\n1;x\n'.repeat(50)),
      /is not a SQLite 3 database \(or is encrypted\)/,
    ],
    [
      'an encrypted file',
      () => written(Buffer.from(Array.from({ length: 8192 }, (_, i) => (i * 167 + 13) % 251))),
      /encrypted/,
    ],
    [
      'a file of SQLite 2',
      () => written('** This file contains an SQLite 2.1 database **\0'.padEnd(2048, '\0')),
      /is not a SQLite 3 database/,
    ],
    ['nothing but the first bytes', () => written('SQLite format 3\0'), /is damaged|not a SQLite database/],
    ['a header of noise', () => patched(16, Buffer.alloc(84, 0xee)), /is damaged|not a SQLite database/],
    [
      'UTF-16',
      () => database('wide.db', `PRAGMA encoding = 'UTF-16le'`),
      /is encoded in UTF-16le.*convert it first/,
    ],
  ])('%s', (_, make, sentence) => {
    const message = refusal(make());
    expect(message).toMatch(sentence);
    expect(message).toMatch(/\.$/);
    expect(message.split('\n')).toHaveLength(1);
  });

  it.each(['UTF-16le', 'UTF-16be'])('%s, with a command that converts it', async (encoding) => {
    const file = database('wide.db', `PRAGMA encoding = '${encoding}'`);
    run(file, `INSERT INTO t VALUES (7001, 'ä€😀 it''s' || char(10) || 'two')`);
    const [command = ''] = /sqlite3 FILE[^)]+/.exec(refusal(file)) ?? [];
    const converted = place('converted.db');
    const typed = command.replace('FILE', `"${file}"`).replace('NEW', `"${converted}"`);
    execFileSync('sh', ['-c', typed]);
    const pair = await makePair('', 'CREATE TABLE t (id int PRIMARY KEY, x text)');
    try {
      const report = await transfer({ ...pair.endpoints, source: converted });
      expect(report.verification?.equal).toBe(true);
      const wide = new Database(file, { readonly: true });
      expect(await pair.query('SELECT id, x FROM t ORDER BY id')).toEqual(
        wide.prepare('SELECT id, x FROM t ORDER BY id').all(),
      );
      wide.close();
    } finally {
      await pair.drop();
    }
  });

  it.each([
    ['a NUL character', `CAST(x'61000000' AS TEXT)`],
    ['half of a surrogate pair', `CAST(x'610000d8' AS TEXT)`],
  ])('UTF-16 with %s, which a conversion would change', (_, text) => {
    const file = database('wide.db', `PRAGMA encoding = 'UTF-16le'`);
    run(file, `UPDATE t SET x = ${text} WHERE id = 7`);
    expect(refusal(file)).toMatch(/other texts to the rows of t\.x that hold .*; then convert it \(sqlite3/);
    run(file, 'DELETE FROM t WHERE id = 7');
    expect(refusal(file)).toMatch(/: convert it first \(sqlite3/);
  });

  function run(file: string, sql: string): void {
    const db = new Database(file);
    db.exec(sql);
    db.close();
  }
  function written(content: string | Buffer): string {
    const file = place('file.db');
    writeFileSync(file, content);
    return file;
  }
  function link(to: string): string {
    const file = place('link.db');
    symlinkSync(to, file);
    return file;
  }
  function pipe(): string {
    const file = place('pipe.db');
    execFileSync('mkfifo', [file]);
    return file;
  }
  function patched(at: number, bytes: Buffer): string {
    const file = database();
    const content = readFileSync(file);
    bytes.copy(content, at);
    writeFileSync(file, content);
    return file;
  }
});

describe('a damaged file is refused by the inspection, with nothing loaded', () => {
  it.each<[string, (file: string) => void]>([
    ['cut in the middle', (file) => truncateSync(file, 8192)],
    ['cut within a page', (file) => truncateSync(file, 9000)],
    [
      'with a page of noise',
      (file) => {
        const content = readFileSync(file);
        content.fill(0x5a, 8192, 12288);
        writeFileSync(file, content);
      },
    ],
    [
      'with an index that lacks entries',
      (file) => {
        const db = new Database(file);
        db.unsafeMode(true);
        db.exec(`PRAGMA writable_schema = 1;
          UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'other') WHERE name = 't_x';`);
        db.close();
      },
    ],
    [
      'with an index that lacks entries, behind values that break their own rule',
      (file) => {
        const db = new Database(file);
        db.unsafeMode(true);
        db.exec(`WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 30) INSERT INTO a SELECT NULL FROM n;
          PRAGMA writable_schema = 1;
          UPDATE sqlite_schema SET sql = 'CREATE TABLE a (x TEXT NOT NULL)' WHERE name = 'a';
          UPDATE sqlite_schema SET rootpage = (SELECT rootpage FROM sqlite_schema WHERE name = 'other') WHERE name = 't_x';`);
        db.close();
      },
    ],
  ])('%s', async (_, damage) => {
    const pair = await makePair(
      `CREATE TABLE a (x TEXT); ${FILL} CREATE INDEX t_x ON t (x); CREATE TABLE o (x TEXT); CREATE INDEX other ON o (x);`,
      'CREATE TABLE a (x text); CREATE TABLE t (id int PRIMARY KEY, x text); CREATE TABLE o (x text)',
    );
    try {
      damage(pair.file);
      await expect(inspectSource(pair.endpoints)).rejects.toMatchObject({ kind: 'source-unusable' });
      await expect(transfer(pair.endpoints)).rejects.toThrow(/damaged|malformed/);
      expect(await pair.query('SELECT count(*)::int AS rows FROM t')).toEqual([{ rows: 0 }]);
    } finally {
      await pair.drop();
    }
  });
});

describe('what a crashed writer left', () => {
  it.each<[string, () => string, boolean]>([
    ['a hot journal', withHotJournal, true],
    ['an unmerged write-ahead log', withUnmergedWal, false],
  ])('%s is worked in without a byte of the source being written', (_, make, isCopy) => {
    const file = make();
    const before = contents(file);
    const readable = readableSource(file);
    expect(readable.isCopy).toBe(isCopy);
    expect(rowsIn(readable.file)).toBe(BigInt(ROWS));
    expect(openSource(readable.file).prepare('SELECT x FROM t WHERE id = 7').pluck().get()).toBe('row 7');
    expect(contents(file)).toEqual(before);
    readable.release();
    if (isCopy) expect(existsSync(dirname(readable.file))).toBe(false);
  });

  it('a whole transfer reads it through a link, too, and leaves no copy behind', async () => {
    const pair = await makePair('CREATE TABLE unused (x)', 'CREATE TABLE t (id int PRIMARY KEY, x text)');
    try {
      const file = withHotJournal();
      const link = place('link.db');
      symlinkSync(file, link);
      const copies = () => readdirSync(tmpdir()).filter((name) => name.startsWith('vatevo-source-'));
      const before = copies();
      const endpoints = { ...pair.endpoints, source: link };
      expect((await transfer(endpoints)).verification?.tables).toMatchObject([
        { target: 't', targetRows: ROWS, equal: true },
      ]);
      expect((await transfer(endpoints)).outcome).toBe('already-complete');
      expect(copies().filter((name) => !before.includes(name))).toEqual([]);
    } finally {
      await pair.drop();
    }
  });
});

describe('a file that this user may not write', () => {
  // Root may write everywhere, so the reading is done as somebody else.
  const other = process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : {};
  const script = fileURLToPath(new URL('read-as.mjs', import.meta.url));
  const reach = (file: string) =>
    JSON.parse(execFileSync(process.execPath, [script, file], { encoding: 'utf8', ...other }));
  const readOnly = (file: string) => {
    for (const name of readdirSync(dirname(file))) chmodSync(join(dirname(file), name), 0o444);
    chmodSync(dirname(file), 0o555);
    return file;
  };

  it.each<[string, () => string, object]>([
    ['read-only in a read-only folder', () => database(), { rows: ROWS, isCopy: false }],
    [
      'in WAL mode, cleanly closed',
      () => database('wal.db', 'PRAGMA journal_mode = WAL'),
      { rows: ROWS, isCopy: true },
    ],
    ['with an unmerged log', withUnmergedWal, { rows: ROWS, isCopy: true }],
    ['with a hot journal', withHotJournal, { rows: ROWS, isCopy: true }],
  ])('%s is read all the same', (_, make, expected) => {
    const file = readOnly(make());
    const before = contents(file);
    expect(reach(file)).toEqual(expected);
    expect(contents(file)).toEqual(before);
  });

  it('that may not even be read is refused', () => {
    const file = database();
    chmodSync(file, 0o000);
    expect(reach(file)).toMatchObject({
      kind: 'source-unusable',
      message: expect.stringContaining('may not be read by this user'),
    });
  });

  it('is found under names of any kind', () => {
    for (const name of ['mit leer zeichen.db', `a'b"c.db`, 'ünï😀.db', '%41?mode=memory#x.db', '-dash.db']) {
      const file = database(name);
      expect(rowsIn(readableSource(file).file)).toBe(BigInt(ROWS));
      expect(basename(file)).toBe(name);
    }
  });
});

it('says of a valid database without tables that there is nothing to move', async () => {
  const pair = await makePair('PRAGMA user_version = 1', 'CREATE TABLE t (id int PRIMARY KEY)');
  try {
    await expect(transfer(pair.endpoints)).rejects.toMatchObject({
      kind: 'source-refused',
      message: expect.stringMatching(/has no table that the target knows: check that it is the right file\./),
    });
  } finally {
    await pair.drop();
  }
});
