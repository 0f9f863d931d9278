// Generates the Prisma clients of both schemas into src/generated (git-ignored), and beside them the columns of their
// models, from which the statements are made that Prisma's types are too coarse for (src/exact), and the functions of the
// queries in prisma/postgres/sql.
import { execFile } from 'node:child_process';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import prismaSchema from '@prisma/prisma-schema-wasm';
import { writeTypedSql } from './typed-sql.mjs';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const prisma = createRequire(import.meta.url).resolve('prisma/build/index.js');

// Generating needs no schema engine, but the CLI fetches one unless it is told
// of an executable: any will do, it is never started. Nor may it call home.
const env = {
  ...process.env,
  PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
  PRISMA_HIDE_UPDATE_MESSAGE: '1',
  CHECKPOINT_DISABLE: '1',
};

await Promise.all(
  ['postgres', 'sqlite'].map(async (database) => {
    const schema = `prisma/${database}/schema.prisma`;
    try {
      await promisify(execFile)(process.execPath, [prisma, 'generate', '--schema', schema], {
        cwd: packageFolder,
        env,
      });
    } catch (error) {
      console.error(error.stdout, error.stderr);
      throw new Error(`prisma generate failed for ${schema}; its output is above`);
    }
  }),
);

// The runtime by a name of ours, which means a copy of what is needed of it (copy-prisma-runtime.mjs).
const generated = fileURLToPath(new URL('../src/generated', import.meta.url));
for (const file of await readdir(generated, { recursive: true, withFileTypes: true })) {
  if (!file.name.endsWith('.ts')) continue;
  const name = path.join(file.parentPath, file.name);
  const text = await readFile(name, 'utf8');
  await writeFile(name, text.replaceAll('"@prisma/client/runtime/', '"#prisma/'));
}

/** By model and field; what is `@ignore` is not among them, so no statement that is made of them names it. */
const schema = await readFile(new URL('../prisma/postgres/schema.prisma', import.meta.url), 'utf8');
const { datamodel } = JSON.parse(prismaSchema.get_dmmf(JSON.stringify({ prismaSchema: schema })));
const valuesOf = (name) =>
  datamodel.enums.find((type) => type.name === name).values.map((value) => value.name);
const columns = Object.fromEntries(
  datamodel.models.map(({ name, fields }) => [
    name,
    Object.fromEntries(
      fields
        .filter(({ kind }) => kind !== 'object')
        .map(({ name, dbName, kind, type, isRequired, hasDefaultValue }) => [
          name,
          {
            column: dbName ?? name,
            type: kind === 'enum' ? 'Enum' : type,
            ...(kind === 'enum' && { values: valuesOf(type) }),
            isRequired,
            hasDefault: hasDefaultValue || !isRequired,
          },
        ]),
    ),
  ]),
);
const tables = Object.fromEntries(datamodel.models.map(({ name, dbName }) => [name, dbName ?? name]));
const constant = (name, value) => `export const ${name} = ${JSON.stringify(value, null, 2)} as const;\n`;
await writeFile(
  new URL('../src/generated/columns.ts', import.meta.url),
  `// Written by scripts/generate.mjs.\n${constant('TABLES', tables)}\n${constant('COLUMNS', columns)}`,
);
await writeTypedSql(datamodel.enums);
