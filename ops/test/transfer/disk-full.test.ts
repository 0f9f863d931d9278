import { execFileSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, rmdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { sql } from '../support/sql.ts';
import { FaultBench } from './support/bench.ts';
import { callTransfer } from './support/command.ts';
import { stateOf } from './support/target.ts';

/** A file system of its own size, mounted where the server may write; undefined where mounting is not allowed. */
const disk = mountDisk();
let server: LocalPostgres;
let bench: FaultBench;

beforeAll(async () => {
  if (disk === undefined) return;
  server = await startLocalPostgres();
  const { uid, gid } = statSync(server.dataDir);
  mkdirSync(join(disk, 'data'));
  chownSync(join(disk, 'data'), uid, gid);
  bench = await FaultBench.open({ server: server.url() });
  await sql(server.url(), `CREATE TABLESPACE small LOCATION '${join(disk, 'data')}'`);
});
afterAll(async () => {
  await bench?.close();
  await server?.dispose();
  if (disk === undefined) return;
  execFileSync('umount', [disk]);
  rmdirSync(disk);
});

it.runIf(disk)(
  'foresees that a disk is too small, says when it is full, and resumes when it no longer is (needs mount)',
  async () => {
    const url = await bench.targets.create('TABLESPACE small');
    const foreseen = await callTransfer(bench.source, url);
    expect(foreseen).toMatchObject({ code: 4, stderr: expect.stringMatching(/The target has \d+ MB free/) });
    expect(await stateOf(url)).toBeUndefined();

    const full = await callTransfer(bench.source, url, ['--target-free-space', '1GB']);
    expect(full).toMatchObject({ code: 4, stderr: expect.stringMatching(/disk .*full/i) });
    expect(await stateOf(url)).toBe('copying');
    await bench.expectRefusedWhileUnfinished(url);
    execFileSync('mount', ['-o', 'remount,size=256m', disk as string]);
    await bench.expectRecovery(url);
    await bench.targets.drop(url);
  },
);

function mountDisk(): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-disk-'));
  try {
    // Room for an empty database of ours, and for little more.
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=4m,mode=755', 'tmpfs', folder], { stdio: 'ignore' });
    return folder;
  } catch {
    rmdirSync(folder);
    return undefined;
  }
}
