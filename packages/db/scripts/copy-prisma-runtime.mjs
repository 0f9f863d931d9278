// Copies what the clients need of @prisma/client, to run and to be typed, into dist: the package holds compilers for five
// databases, each of them four times, and is too large to be installed for two of them.
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const to = fileURLToPath(new URL('../dist/prisma-runtime', import.meta.url));
const from = path.dirname(createRequire(import.meta.url).resolve('@prisma/client/package.json'));

const compilers = ['postgresql', 'sqlite'].map((database) => `query_compiler_fast_bg.${database}`);
const files = compilers.flatMap((name) => [`${name}.mjs`, `${name}.wasm-base64.mjs`]);

await mkdir(to, { recursive: true });
await Promise.all([
  ...files.map((name) => copyFile(path.join(from, 'runtime', name), path.join(to, name))),
  copyFile(path.join(from, 'runtime/client.js'), path.join(to, 'client.cjs')),
  ...['client', 'index-browser'].map((name) =>
    copyFile(path.join(from, 'runtime', `${name}.d.ts`), path.join(to, `${name}.d.cts`)),
  ),
  copyFile(path.join(from, 'LICENSE'), path.join(to, 'LICENSE')),
]);
