import { readFile } from 'node:fs/promises';
import { type Datamodel, Engine, isMethod } from '../engine/engine.ts';
import { SchemaEngineError } from '../engine/error.ts';
import { lastPanic } from '../engine/wasm.ts';
import { SqliteDatabase } from '../sqlite/database.ts';
import type { Invocation } from './arguments.ts';
import { openDatabase, readTarget } from './datasource.ts';
import type { Guard } from './guard.ts';
import { log } from './log.ts';
import { needsDatabase } from './needs-database.ts';
import { RpcServer } from './server.ts';
import { startWitness } from './witness.ts';

/** How long an interrupted request may take to clean up, in milliseconds. */
const GRACE = 5_000;

/**
 * Serves the Prisma CLI over stdin and stdout until it closes them or sends
 * SIGTERM, which is how it ends every session. Resolves to the exit code, which
 * is never 0 when a request went unanswered.
 */
export async function serve(
  { datasource, datamodels: files }: Extract<Invocation, { kind: 'serve' }>,
  env: Readonly<Record<string, string | undefined>>,
  guard?: Guard,
): Promise<number> {
  const dismissWitness = startWitness();
  // The CLI shows what was said last when the engine ends otherwise than by its own will.
  log('INFO', 'The schema engine ended before it had answered: was it killed?');
  const datamodels = await Promise.all(
    files.map(async (file): Promise<Datamodel> => [file, await readFile(file, 'utf8')]),
  );
  const database = datasource && openDatabase(datasource, env);
  const online = database && new Engine(database, datamodels);
  // Comparing schema files takes an engine and no database: an empty one in memory does.
  const offline = new Engine(new SqliteDatabase(':memory:'), datamodels);

  const server = new RpcServer(process.stdout, async (name, params) => {
    const method = name === 'getDatabaseVersion' ? 'version' : name;
    if (method === 'createDatabase' && database) return { databaseName: await database.create() };
    if (!isMethod(method))
      throw new SchemaEngineError(`This schema engine does not know the request "${name}".`);
    if (!needsDatabase(method, params)) return offline.request(method, params);
    if (!online || !datasource)
      throw new SchemaEngineError(`The request "${name}" needs a datasource URL in the Prisma config file.`);
    await guard?.({ method, params, target: readTarget(datasource.url, env) });
    return online.request(method, params);
  });

  let crash: unknown;
  const ended = new Promise<void>((resolve) => {
    process.once('SIGTERM', () => resolve());
    process.once('SIGINT', () => resolve());
    // A panic inside the engine surfaces outside every promise.
    process.once('uncaughtException', (error) => {
      crash = error;
      resolve();
    });
    server.serve(process.stdin).then(resolve, (error) => {
      crash = error;
      resolve();
    });
  });
  // Whatever else ends this process, an unanswered request must not look like success.
  process.once('exit', (code) => {
    if (code === 0 && server.isBusy) process.exitCode = 1;
  });

  await ended;
  const wasBusy = server.isBusy;
  if (crash) {
    const message = crash instanceof Error ? crash.message : String(crash);
    const error = lastPanic() ?? new SchemaEngineError(`The schema engine crashed: ${message}`);
    log('ERROR', error.message);
    server.failAll(error);
  }
  if (wasBusy) await database?.cancel().catch(() => undefined);
  const closing = Promise.all([online?.close(), offline.close()]).catch(() => undefined);
  await Promise.race([closing, new Promise((resolve) => setTimeout(resolve, GRACE).unref())]);
  if (!wasBusy) dismissWitness();
  return crash || wasBusy ? 1 : 0;
}
