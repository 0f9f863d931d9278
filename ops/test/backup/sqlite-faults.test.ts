import { execFileSync } from 'node:child_process';
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Running, root, start } from '../support/run-script.ts';
import { LONG } from '../transfer/support/bench.ts';
import {
  afterAllTests,
  backUp,
  contentOf,
  type Finished,
  ops,
  sample,
  startOps,
  temporaryFolder,
} from './support.ts';

/** More than is copied or exported at once. */
function makeLarge(file: string, journal: 'delete' | 'wal'): void {
  const db = new Database(file);
  db.pragma('synchronous = OFF');
  db.exec(`
    CREATE TABLE a (id INTEGER PRIMARY KEY, filler);
    CREATE TABLE b (id INTEGER PRIMARY KEY, filler);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    INSERT INTO a SELECT i, hex(randomblob(600)) FROM n;
    INSERT INTO b SELECT id, 'x' FROM a;`);
  db.pragma(`journal_mode = ${journal}`);
  db.close();
}

/** A process that goes on writing one row to each of two tables in a transaction, until it is killed. */
function startWriter(file: string, finished: Finished): Running {
  const writer = start(
    process.execPath,
    [
      '--input-type=module',
      '--eval',
      `import Database from 'better-sqlite3';
       const db = new Database(process.argv[1], { timeout: 60_000 });
       db.pragma('wal_autocheckpoint = 50');
       for (let i = 0; ; i++) {
         db.exec("BEGIN IMMEDIATE; INSERT INTO a (filler) VALUES ('new'); INSERT INTO b (filler) VALUES ('new'); COMMIT");
         if (i === 0) console.log('writing');
         Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
       }`,
      file,
    ],
    { cwd: join(root, 'ops') },
  );
  finished(() => void writer.child.kill('SIGKILL'));
  return writer;
}

function counts(file: string): { a: number; b: number } {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare('SELECT (SELECT count(*) FROM a) AS a, (SELECT count(*) FROM b) AS b').get() as never;
  } finally {
    db.close();
  }
}

function tenantName(file: string): unknown {
  const db = new Database(file, { readonly: true });
  try {
    return db.prepare('SELECT name FROM tenants WHERE id = 1').pluck().get();
  } finally {
    db.close();
  }
}

/** What a folder of backups holds: the whole ones, and the others. */
function inside(folder: string): { whole: string[]; others: string[] } {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return {
    whole: names.filter((name) => name.startsWith('sqlite-')),
    others: names.filter((name) => !name.startsWith('sqlite-')),
  };
}

describe('of a value that is not read for it', () => {
  it.concurrent('is refused by its column, and nothing is written', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const folder = temporaryFolder(finished);
    const source = join(folder, 'large.db');
    const db = new Database(source);
    db.pragma('journal_mode = OFF');
    db.exec(
      'CREATE TABLE t (id INTEGER PRIMARY KEY, small, large); INSERT INTO t VALUES (1, 2, zeroblob(268435500))',
    );
    db.close();
    const parent = join(folder, 'backups');
    expect(await ops(['backup', '--source', source, '--to', parent])).toMatchObject({
      code: 5,
      stderr: expect.stringContaining('not read for a backup: t.large'),
    });
    expect(inside(parent)).toEqual({ whole: [], others: [] });
  });
});

describe('while others write', () => {
  it.concurrent.for(LONG ? (['wal', 'delete'] as const) : (['wal'] as const))(
    'one state of the data is backed up: journal_mode = %s',
    async (journal, { expect, onTestFinished: finished }) => {
      const folder = temporaryFolder(finished);
      const source = join(folder, 'busy.db');
      makeLarge(source, journal);
      const writer = startWriter(source, finished);
      await writer.said('writing');
      const backup = await backUp(['--source', source, '--to', folder, '--copy-only']);
      expect(writer.child.exitCode).toBeNull();
      const file = join(folder, 'restored.db');
      expect(await ops(['restore', '--from', backup, '--to', file])).toMatchObject({ code: 0 });
      const { a, b } = counts(file);
      expect(a).toBe(b);
      expect(a).toBeGreaterThan(10_000);
      writer.child.kill('SIGKILL');
      await writer.ended;
      expect(counts(source).a).toBeGreaterThanOrEqual(a);
    },
  );

  it.concurrent('a log that was not merged is part of the backup', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const folder = temporaryFolder(finished);
    const source = join(folder, 'vatevo.db');
    copyFileSync(sample, source);
    const writer = new Database(source);
    finished(() => void writer.close());
    writer.pragma('journal_mode = WAL');
    writer.exec(`UPDATE tenants SET name = 'only in the log' WHERE id = 1`);
    expect(statSync(`${source}-wal`).size).toBeGreaterThan(0);
    const backup = await backUp(['--source', source, '--to', folder]);
    expect(readdirSync(backup)).toHaveLength(4);
    const file = join(folder, 'restored.db');
    await ops(['restore', '--from', backup, '--to', file]);
    expect(contentOf(file)).toEqual(contentOf(source));
    expect(tenantName(file)).toBe('only in the log');
  });

  it.concurrent('what a crash left half done is undone in the backup, and left alone in the file', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const folder = temporaryFolder(finished);
    const source = join(folder, 'crashed.db');
    const living = join(folder, 'living.db');
    copyFileSync(sample, living);
    const writer = new Database(living);
    writer.exec(
      `PRAGMA foreign_keys = 0; PRAGMA cache_size = 1; BEGIN; DELETE FROM invoices; DELETE FROM tenants`,
    );
    copyFileSync(living, source);
    copyFileSync(`${living}-journal`, `${source}-journal`);
    writer.close();
    const before = readFileSync(source);
    const backup = await backUp(['--source', source, '--to', folder]);
    expect(readFileSync(source).equals(before)).toBe(true);
    const file = join(folder, 'restored.db');
    await ops(['restore', '--from', backup, '--to', file]);
    expect(contentOf(file).rows).toEqual(contentOf(sample).rows);
  });

  it.concurrent('a file that stays locked is given up, exit code 5', async ({
    expect,
    onTestFinished: finished,
  }) => {
    const folder = temporaryFolder(finished);
    const source = join(folder, 'locked.db');
    copyFileSync(sample, source);
    const holder = new Database(source);
    finished(() => void holder.close());
    holder.exec('BEGIN EXCLUSIVE');
    const outcome = await ops(['backup', '--source', source, '--to', join(folder, 'backups')]);
    expect(outcome).toMatchObject({ code: 5, stderr: expect.stringMatching(/locked by another process/) });
    expect(inside(join(folder, 'backups'))).toEqual({ whole: [], others: [] });
  });
});

let large: string;
const allFinished = afterAllTests();
beforeAll(() => {
  large = join(temporaryFolder(allFinished), 'large.db');
  makeLarge(large, 'delete');
  // Small rows take longest: a signal has to arrive while they are worked on.
  const db = new Database(large);
  db.exec(`PRAGMA synchronous = OFF; CREATE TABLE c (id INTEGER PRIMARY KEY, small);
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 150000) INSERT INTO c SELECT i, i FROM n`);
  db.close();
});

describe('a run that is ended', () => {
  const all = ['Copy the file', 'Check the copy', 'Digest every value'];
  /** In the short suite one way of ending meets the first and the last step, the other one the one between. */
  const steps = (from: 0 | 1) => all.filter((_, i) => LONG || i % 2 === from);

  it('by kill -9 leaves nothing that looks whole, and the next one tidies up', async () => {
    const folder = temporaryFolder();
    const backups = join(folder, 'backups');
    for (const step of steps(0)) {
      const running = startOps(['backup', '--source', large, '--to', backups]);
      await running.said(step);
      running.child.kill('SIGKILL');
      await running.ended;
      const { whole, others } = inside(backups);
      expect(whole).toEqual([]);
      expect(others).toHaveLength(1);
    }
    await backUp(['--source', sample, '--to', backups]);
    expect(inside(backups)).toMatchObject({ whole: [expect.any(String)], others: [] });
  });

  it('by SIGTERM leaves nothing at all', async () => {
    const folder = temporaryFolder();
    const backups = join(folder, 'backups');
    for (const step of steps(1)) {
      const running = startOps(['backup', '--source', large, '--to', backups]);
      await running.said(step);
      running.child.kill('SIGTERM');
      expect(await running.ended).toMatchObject({ code: 143 });
      expect(inside(backups)).toEqual({ whole: [], others: [] });
    }
    const backup = await backUp(['--source', large, '--to', backups, '--copy-only']);
    const running = startOps(['restore', '--from', backup, '--to', join(folder, 'new/x.db')]);
    expect(await running.ended).toMatchObject({ code: 2, stderr: expect.stringContaining('is missing') });
    mkdirSync(join(folder, 'new'));
    const stopped = startOps(['restore', '--from', backup, '--to', join(folder, 'new/x.db')]);
    await stopped.said('Copy the file');
    stopped.child.kill('SIGTERM');
    expect(await stopped.ended).toMatchObject({ code: 143 });
    expect(readdirSync(join(folder, 'new'))).toEqual([]);
  });
});

it('a restored file that was left half done by kill -9 is removed by the next run', async () => {
  const folder = temporaryFolder();
  const backup = await backUp(['--source', large, '--to', folder, '--copy-only']);
  const place = join(folder, 'new');
  mkdirSync(place);
  const args = ['restore', '--from', backup, '--to', join(place, 'x.db')];
  const running = startOps(args);
  await running.said('Copy the file');
  running.child.kill('SIGKILL');
  await running.ended;
  expect(readdirSync(place)).toHaveLength(1);
  expect(existsSync(join(place, 'x.db'))).toBe(false);
  expect(await ops(args)).toMatchObject({ code: 0 });
  expect(readdirSync(place)).toEqual(['x.db']);
});

describe('what cannot be done is said in a sentence', () => {
  it('of the source', async () => {
    const folder = temporaryFolder();
    const path = (name: string) => join(folder, name);
    writeFileSync(path('empty.db'), '');
    writeFileSync(path('text.db'), 'no database, but long enough to have a header of its own '.repeat(10));
    copyFileSync(sample, path('damaged.db'));
    const handle = openSync(path('damaged.db'), 'r+');
    writeSync(handle, Buffer.alloc(3_000, 0xff), 0, 3_000, 5 * 4_096);
    closeSync(handle);
    const cases = [
      ['missing.db', 2, /There is no file .*missing\.db/],
      ['empty.db', 5, /is empty/],
      ['text.db', 5, /is not a SQLite 3 database/],
      ['.', 5, /is a folder/],
      ['damaged.db', 5, /is damaged|damaged/],
    ] as const;
    for (const [name, code, sentence] of cases) {
      const outcome = await ops(['backup', '--source', path(name), '--to', path('backups')]);
      expect(outcome, name).toMatchObject({ code, stderr: expect.stringMatching(sentence) });
      expect(outcome.stderr).not.toMatch(/\n\s+at /);
    }
    expect(inside(path('backups'))).toEqual({ whole: [], others: [] });
  });

  it('of a schema that no SQL makes again', async () => {
    const folder = temporaryFolder();
    const source = join(folder, 'old.db');
    const db = new Database(source);
    db.unsafeMode();
    // Text in double quotes was once taken for text, and still is where it stands in a file.
    db.exec(`CREATE TABLE t (a CHECK (a <> 'x')); INSERT INTO t VALUES (1);
      PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE TABLE t (a CHECK (a <> "x"))'`);
    db.close();
    const outcome = await ops(['backup', '--source', source, '--to', folder]);
    expect(outcome).toMatchObject({ code: 5, stderr: expect.stringContaining('--copy-only') });
    expect(inside(folder).whole).toEqual([]);
    const backup = await backUp(['--source', source, '--to', folder, '--copy-only']);
    const restored = await ops(['restore', '--from', backup, '--to', join(folder, 'new.db')]);
    expect(restored).toMatchObject({ code: 0 });
  });

  it('of the place', async () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'file'), '');
    const outcome = await ops(['backup', '--source', sample, '--to', join(folder, 'file/backups')]);
    expect(outcome).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/cannot be written to: a part of the path is a file/),
    });
  });

  it('of the arguments', async () => {
    const none = await ops(['backup'], { POSTGRES_URL: '' });
    expect(none).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/Neither --source nor POSTGRES_URL/),
    });
    const copyOnly = await ops(['backup', '--copy-only'], {
      POSTGRES_URL: 'postgresql://a:secret@127.0.0.1/b',
    });
    expect(copyOnly).toMatchObject({ code: 2 });
    expect((await ops(['restore'])).code).toBe(2);
  });
});

const disk = mountDisk();
afterAll(() => {
  if (disk === undefined) return;
  execFileSync('umount', [disk]);
  rmdirSync(disk);
});

describe.runIf(disk)('a disk that is full (needs mount)', () => {
  it('is said, and nothing half done stays', async () => {
    const folder = temporaryFolder();
    const place = disk as string;
    const backup = await backUp(['--source', large, '--to', folder, '--copy-only']);
    const sentence = /There is not enough room on the disk of /;
    for (const file of [large, sample]) {
      const outcome = await ops(['backup', '--source', file, '--to', place]);
      expect(outcome).toMatchObject({ code: 4, stderr: expect.stringMatching(sentence) });
      expect(readdirSync(place)).toEqual([]);
    }
    const restored = await ops(['restore', '--from', backup, '--to', join(place, 'x.db')]);
    expect(restored).toMatchObject({ code: 4, stderr: expect.stringMatching(sentence) });
    expect(readdirSync(place)).toEqual([]);
  });
});

/** A file system that has room for the sample, and not for its export. */
function mountDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-backup-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=700k,mode=700', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return undefined;
  }
}
