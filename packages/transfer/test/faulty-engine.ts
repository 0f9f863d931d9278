import { cpSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

/** What is faulty: which module of the engine is replaced, which export, and by what. */
export interface Fault {
  readonly module: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: any export of any module can be replaced.
  readonly wrap: (sound: any) => unknown;
}

/**
 * The built engine with a fault in it: a copy of `dist` in which a module (or each of a list) is replaced by another
 * that passes on what the sound one has, but for the faulty export, which the module `faults` makes of it. So the
 * engine itself, its reader threads included, needs nothing by which it could be made wrong.
 */
export async function buildFaultyEngine(
  faults: URL,
  fault: string,
): Promise<{
  readonly transfer: typeof import('@vatevo/transfer').transfer;
  remove(): void;
}> {
  const { FAULTS } = (await import(/* @vite-ignore */ faults.href)) as {
    FAULTS: Record<string, Fault | readonly Fault[]>;
  };
  // Inside the package, where the engine's own imports are found.
  const folder = mkdtempSync(join(packageFolder, 'node_modules', '.faulty-'));
  const isRun = (file: string) => !/\.(map|d\.ts)$/.test(file);
  cpSync(join(packageFolder, 'dist'), folder, { recursive: true, filter: isRun });
  const text = (path: string) => JSON.stringify(pathToFileURL(path).href);
  for (const [place, { module, name }] of [FAULTS[fault] ?? []].flat().entries()) {
    const file = join(folder, module);
    const sound = file.replace(/\.js$/, '.sound.js');
    renameSync(file, sound);
    writeFileSync(
      file,
      `import { FAULTS } from ${JSON.stringify(faults.href)};
import * as sound from ${text(sound)};
export * from ${text(sound)};
export const ${name} = [FAULTS[${JSON.stringify(fault)}]].flat()[${place}].wrap(sound.${name});
`,
    );
  }
  // The reader threads run a bundle of sound modules.
  writeFileSync(join(folder, 'source/sqlite/readers/reader-thread.cjs'), `import('./reader.js');\n`);
  const engine = (await import(
    /* @vite-ignore */ pathToFileURL(join(folder, 'index.js')).href
  )) as typeof import('@vatevo/transfer');
  return {
    // Threads that are kept for other tests run the sound one.
    transfer: ({ threads: _, ...options }) => engine.transfer(options),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
