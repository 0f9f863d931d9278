import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { FAULTS } from './codec-faults.mjs';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The built engine with one fault in it: a copy of `dist` in which one module is replaced by another that
 * passes on what the sound one has, but for the faulty export. So the engine itself, its reader threads
 * included, needs no door through which it could be made wrong.
 */
export async function buildFaultyEngine(fault: string): Promise<{
  readonly transfer: typeof import('@vatevo/transfer').transfer;
  remove(): void;
}> {
  const { module, name } = FAULTS[fault] as (typeof FAULTS)[string];
  // Inside the package, where the engine's own imports are found.
  const folder = mkdtempSync(join(packageFolder, 'node_modules', '.faulty-'));
  cpSync(join(packageFolder, 'dist'), folder, { recursive: true });
  const file = join(folder, module);
  const sound = file.replace(/\.js$/, '.sound.js');
  renameSync(file, sound);
  const text = (path: string) => JSON.stringify(pathToFileURL(path).href);
  writeFileSync(
    file,
    `import { FAULTS } from ${text(join(packageFolder, 'test/defects/codec-faults.mjs'))};
import * as sound from ${text(sound)};
export * from ${text(sound)};
export const ${name} = FAULTS[${JSON.stringify(fault)}].wrap(sound.${name});
`,
  );
  const { transfer } = await import(/* @vite-ignore */ pathToFileURL(join(folder, 'index.js')).href);
  return { transfer, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
