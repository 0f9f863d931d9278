import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import { PrismaPg } from '@prisma/adapter-pg';
import * as runtime from '@prisma/client/runtime/client';
import wasm from '@prisma/prisma-schema-wasm';
import type { SchemaFile } from '@vatevo/schema-engine/schema-text';
import { withoutUrls } from '../../../src/prisma/parser.ts';

/** The delegate of a model, as far as tests call it. */
export interface Delegate {
  findMany(args?: object): Promise<Record<string, unknown>[]>;
  create(args: object): Promise<Record<string, unknown>>;
  createMany(args: { data: readonly object[] }): Promise<{ count: number }>;
}

export interface Client {
  readonly [model: string]: Delegate;
}

/** TypeScript knows this global from the browser's library only. */
declare const WebAssembly: { Module: new (bytes: Uint8Array) => object };

type Disconnect = { $disconnect(): Promise<void> };

interface Dmmf {
  readonly datamodel: {
    readonly models: readonly {
      name: string;
      dbName: string | null;
      fields: readonly Record<string, unknown>[];
    }[];
    readonly enums: readonly { name: string; dbName: string | null; values: readonly unknown[] }[];
  };
}

/**
 * Prisma's own client for a schema. What `prisma generate` writes is its types, and this call; the command takes the
 * processor for seconds.
 */
function clientFor(files: readonly SchemaFile[], provider: 'sqlite' | 'postgresql') {
  const dmmf = JSON.parse(wasm.get_dmmf(JSON.stringify({ prismaSchema: withoutUrls(files) }))) as Dmmf;
  const { models, enums } = dmmf.datamodel;
  const config = {
    previewFeatures: [],
    clientVersion: '7.10.0',
    engineVersion: 'unknown',
    activeProvider: provider,
    inlineSchema: withoutUrls(files)
      .map(([, text]) => text)
      .join('\n'),
    runtimeDataModel: {
      models: Object.fromEntries(
        models.map(({ name, dbName, fields }) => [
          name,
          {
            dbName,
            fields: fields.map(({ name, kind, type, relationName, dbName }) => ({
              name,
              kind,
              type,
              ...(relationName !== undefined && { relationName }),
              ...(dbName != null && { dbName }),
            })),
          },
        ]),
      ),
      enums: Object.fromEntries(enums.map(({ name, dbName, values }) => [name, { values, dbName }])),
      types: {},
    },
    // An index of what can be a parameter; with none each query is compiled for itself.
    parameterizationSchema: { strings: [], graph: 'AAAAAAAAAAAAAAAA' },
    compilerWasm: {
      getRuntime: () => import(`@prisma/client/runtime/query_compiler_fast_bg.${provider}.mjs`),
      getQueryCompilerWasmModule: async () => {
        const { wasm } = await import(
          `@prisma/client/runtime/query_compiler_fast_bg.${provider}.wasm-base64.mjs`
        );
        return new WebAssembly.Module(Buffer.from(wasm as string, 'base64'));
      },
      importName: './query_compiler_fast_bg.js',
    },
  };
  return runtime.getPrismaClient(config as never) as unknown as new (
    options: object,
  ) => Client & Disconnect;
}

export type OpenClient = Client & Disconnect;

export function sqliteClient(
  files: readonly SchemaFile[],
  file: string,
  timestampFormat: 'iso8601' | 'unixepoch-ms' = 'iso8601',
): OpenClient {
  const adapter = new PrismaBetterSqlite3({ url: file }, { timestampFormat });
  return new (clientFor(files, 'sqlite'))({ adapter });
}

export function postgresClient(files: readonly SchemaFile[], url: string, schema?: string): OpenClient {
  const adapter = new PrismaPg({ connectionString: url }, schema === undefined ? {} : { schema });
  return new (clientFor(files, 'postgresql'))({ adapter });
}

/** Works with a client on a SQLite file. */
export async function onSqlite<Result>(
  files: readonly SchemaFile[],
  file: string,
  work: (client: Client) => Promise<Result>,
  timestampFormat: 'iso8601' | 'unixepoch-ms' = 'iso8601',
): Promise<Result> {
  return use(sqliteClient(files, file, timestampFormat), work);
}

/** Works with a client on a PostgreSQL database. */
export async function onPostgres<Result>(
  files: readonly SchemaFile[],
  url: string,
  work: (client: Client) => Promise<Result>,
  schema?: string,
): Promise<Result> {
  return use(postgresClient(files, url, schema), work);
}

async function use<Result>(client: OpenClient, work: (client: Client) => Promise<Result>): Promise<Result> {
  try {
    return await work(client);
  } finally {
    await client.$disconnect();
  }
}
