import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '@vatevo/test-kit/program';
import type { NpmApplication } from './application.ts';

/** Kept from one run to the next: npm takes minutes. */
const KEPT = fileURLToPath(new URL('../../../.local/applications', import.meta.url));

/** Installs an application from npm, where that has not been done. @returns the folder */
export async function install(name: string, { packages, files = {} }: NpmApplication): Promise<string> {
  const folder = join(KEPT, name);
  const wanted = JSON.stringify({ name: name.toLowerCase(), private: true, dependencies: packages }, null, 2);
  const done = join(folder, 'installed.json');
  mkdirSync(folder, { recursive: true });
  if (!existsSync(done) || readFileSync(done, 'utf8') !== wanted) {
    writeFileSync(join(folder, 'package.json'), wanted);
    const { code, stderr } = await startProgram('npm', ['install', '--no-audit', '--no-fund'], {
      cwd: folder,
      env: process.env,
    }).ended;
    if (code !== 0) throw new Error(`npm cannot install ${name}: ${stderr}`);
    writeFileSync(done, wanted);
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
  return folder;
}
