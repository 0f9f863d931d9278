import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from '@vatevo/local-postgres/vitest';
import { beforeAll, describe, expect, it } from 'vitest';
import { runScript, start } from '../support/run-script.ts';
import { makeOddDatabase, type OddOptions } from './odd-database.ts';
import { afterAllTests, backUp, contentOf, manifestOf, ops, sample, temporaryFolder } from './support.ts';

// STRICT came with 3.37.
const hasSqlite =
  isInstalled('sqlite3') &&
  Number(/^3\.(\d+)/.exec(execFileSync('sqlite3', ['--version'], { encoding: 'utf8' }))?.[1]) >= 37;

const cases: readonly (readonly [string, OddOptions | undefined])[] = [
  ['what the old service wrote', undefined],
  ['an odd database', {}],
  ['an odd database in WAL mode', { wal: true }],
  ['an odd database in UTF-16', { encoding: 'UTF-16le' }],
  ['an odd database in UTF-16, the other way round', { encoding: 'UTF-16be' }],
];

const byName = (a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1);

function makeCase(folder: string, odd: OddOptions | undefined): string {
  if (odd === undefined) return sample;
  const file = join(folder, 'odd.db');
  makeOddDatabase(file, odd);
  return file;
}

/** Statistics are gathered anew when SQL is loaded, by another version maybe; no order of tables was promised. */
function withoutStatistics(file: string): unknown {
  const { schema, rows, settings } = contentOf(file);
  const isContent = (name: string) => !name.startsWith('sqlite_stat');
  return {
    settings,
    schema: schema.filter(({ name }) => isContent(name)),
    rows: rows.filter(([name]) => isContent(name)),
  };
}

describe.for(cases)('a backup of a SQLite file: %s', ([, odd]) => {
  let folder: string;
  let source: string;
  let backup: string;
  const finished = afterAllTests();
  beforeAll(async () => {
    folder = temporaryFolder(finished);
    source = makeCase(folder, odd);
    const before = readFileSync(source);
    backup = await backUp(['--source', source, '--to', join(folder, 'backups')]);
    expect(readFileSync(source).equals(before)).toBe(true);
  });

  it('restores to an equal file', async () => {
    const restored = join(folder, 'restored.db');
    const outcome = await ops(['restore', '--from', backup, '--to', restored]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(contentOf(restored)).toEqual(contentOf(source));
    expect(readdirSync(folder).filter((name) => name.startsWith('.'))).toEqual([]);
  });

  it.skipIf(!hasSqlite)(
    'loads as SQL to an equal file (needs sqlite3, 3.37 or later, on the PATH)',
    async () => {
      const loaded = join(folder, 'loaded.db');
      const sql = readFileSync(join(backup, 'database.sql'), 'utf8');
      const outcome = await start('sqlite3', ['-bail', loaded], { input: sql }).ended;
      expect(outcome).toMatchObject({ code: 0, stderr: '' });
      expect(withoutStatistics(loaded)).toEqual(withoutStatistics(source));
      const again = manifestOf(await backUp(['--source', loaded, '--to', folder, '--copy-only']));
      const of = ({ schema, settings, tables }: ReturnType<typeof manifestOf>) => ({
        schema,
        settings,
        tables: tables.toSorted(byName),
      });
      expect(of(again)).toEqual(of(manifestOf(backup)));
    },
  );
});

describe('a backup of a SQLite file', () => {
  it('is for its owner alone, and has checksums that sha256sum reads', async () => {
    const folder = temporaryFolder();
    const backup = await backUp(['--source', sample, '--to', join(folder, 'new/backups')]);
    const mode = (path: string) => statSync(path).mode & 0o777;
    expect(mode(join(folder, 'new'))).toBe(0o700);
    expect(mode(backup)).toBe(0o700);
    const files = readdirSync(backup).sort();
    expect(files).toEqual(['SHA256SUMS', 'database.sql', 'database.sqlite', 'manifest.json']);
    for (const file of files) expect([file, mode(join(backup, file))]).toEqual([file, 0o600]);
    const sums = readFileSync(join(backup, 'SHA256SUMS'), 'utf8');
    expect(sums).toMatch(/^[0-9a-f]{64} {2}database\.sqlite\n/);
    const outcome = await start('sha256sum', ['--check', 'SHA256SUMS'], { cwd: backup }).ended;
    expect(outcome.code).toBe(0);
    const restored = join(folder, 'restored.db');
    await ops(['restore', '--from', backup, '--to', restored]);
    expect(mode(restored)).toBe(0o600);
  });

  it('says what it holds', async () => {
    const folder = temporaryFolder();
    const backup = await backUp(['--source', sample, '--to', folder]);
    expect(manifestOf(backup)).toMatchObject({
      format: 1,
      kind: 'sqlite',
      source: sample,
      orphans: 0,
      tables: [
        { name: 'tenants', rows: 5 },
        { name: 'invoices', rows: 62 },
        { name: 'webhook_events', rows: 91 },
      ],
    });
  });

  it('works through the root scripts, and without the SQL export', async () => {
    const folder = temporaryFolder();
    const made = await runScript('ops:backup', ['--source', sample, '--to', folder, '--copy-only'], {});
    expect(made).toMatchObject({ code: 0, stderr: '' });
    const backup = /^Backup: (.*)$/m.exec(made.stdout)?.[1] ?? '';
    expect(existsSync(join(backup, 'database.sql'))).toBe(false);
    const file = join(folder, 'restored.db');
    const restored = await runScript('ops:restore', ['--from', backup, '--to', file], {});
    expect(restored).toMatchObject({ code: 0, stderr: '' });
    expect(contentOf(file)).toEqual(contentOf(sample));
  });
});
