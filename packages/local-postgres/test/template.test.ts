import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { copyTemplate } from '../src/template.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'vatevo-template-'));
  vi.stubEnv('TMPDIR', folder);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

/** Copies into a new folder. @returns what it holds, and whether it had to be made first */
async function copy(key: string): Promise<{ held: string; made: boolean }> {
  const target = await mkdtemp(path.join(folder, 'target-'));
  let made = false;
  await copyTemplate([key], target, undefined, async (at) => {
    made = true;
    await mkdir(path.join(at, 'base'));
    await writeFile(path.join(at, 'base', '1'), `made for ${key}`);
  });
  return { held: await readFile(path.join(target, 'base', '1'), 'utf8'), made };
}

/** The template's folders: there is one for each key. */
async function templates(): Promise<string[]> {
  const [base = ''] = (await readdir(folder)).filter((name) => name.startsWith('vatevo-postgres-'));
  return (await readdir(path.join(folder, base))).map((name) => path.join(folder, base, name));
}

it('makes a template once for everything that decides what it is', async () => {
  expect(await copy('a')).toEqual({ held: 'made for a', made: true });
  expect(await copy('a')).toEqual({ held: 'made for a', made: false });
  expect(await copy('b')).toEqual({ held: 'made for b', made: true });
  expect(await templates()).toHaveLength(2);
});

it('gives whole copies to all who need one at once', async () => {
  const copies = await Promise.all(Array.from({ length: 8 }, () => copy('a')));
  expect(copies.map(({ held }) => held)).toEqual(Array(8).fill('made for a'));
  expect(await templates()).toHaveLength(1);
});

it('makes it anew when something of it was cleaned away', async () => {
  await copy('a');
  const [template = ''] = await templates();
  await rm(path.join(template, 'pgdata', 'base', '1'));
  expect(await copy('a')).toEqual({ held: 'made for a', made: true });
  expect(await copy('a')).toEqual({ held: 'made for a', made: false });
  expect(await templates()).toHaveLength(1);
});
