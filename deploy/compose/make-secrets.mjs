/** Writes the secrets of compose.yaml that are not there yet, at random: `node deploy/compose/make-secrets.mjs`. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const compose = readFileSync(join(root, 'compose.yaml'), 'utf8');

for (const [, file = ''] of compose.matchAll(/\{ file: (\S+) \}/g)) {
  // Others on this machine cannot enter the folder; in the containers each service has a user of its own.
  mkdirSync(join(root, file, '..'), { recursive: true, mode: 0o700 });
  try {
    writeFileSync(join(root, file), `${randomBytes(24).toString('hex')}\n`, { flag: 'wx', mode: 0o644 });
    console.log(`${file}: written`);
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    console.log(`${file}: kept`);
  }
}
