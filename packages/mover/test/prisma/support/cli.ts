import { writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { engineExecutable } from '@vatevo/schema-engine';
import { execa } from 'execa';
import type { TestProject } from './project.ts';

const CLI = join(dirname(createRequire(import.meta.url).resolve('prisma/package.json')), 'build/index.js');

/** Runs the Prisma CLI in an application whose configuration names a schema and a database, and nothing else. */
export async function prisma(
  project: TestProject,
  { schema, url }: { readonly schema: string; readonly url: string },
  args: readonly string[],
): Promise<{ readonly code: number | undefined; readonly output: string }> {
  writeFileSync(
    project.path('prisma.config.ts'),
    `export default ${JSON.stringify({ schema, datasource: { url } })};\n`,
  );
  const { exitCode, all } = await execa(process.execPath, [CLI, ...args], {
    cwd: project.folder,
    extendEnv: false,
    env: {
      PATH: process.env.PATH,
      HOME: project.folder,
      CHECKPOINT_DISABLE: '1',
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      NO_COLOR: '1',
      PRISMA_SCHEMA_ENGINE_BINARY: engineExecutable,
    },
    all: true,
    reject: false,
  });
  return { code: exitCode, output: all };
}
