import { isIP } from 'node:net';
import path from 'node:path';
import { connect, type Env, type PostgresTarget, type SqliteTarget } from '@vatevo/connection';
import {
  askServerRecord,
  type FileRecord,
  type FileState,
  type ServerRecord,
  type ServerState,
  sayUnknown,
  type Unknown,
} from '@vatevo/cutover-state';
import { type GuardedRequest, SchemaEngineError } from '@vatevo/schema-engine';
import { readFileCutover } from '../cutover/file.ts';
import { runOn } from '../postgres/run-on.ts';

type Target = PostgresTarget | SqliteTarget;

/** Whoever means to erase a database names it here. */
const CONFIRMATION = 'VATEVO_CONFIRM_ERASE';

/** Environments whose data can be made anew. */
const EXPENDABLE = new Set(['development', 'test']);

/** States of a cutover in which a database takes part in no move, or no longer. */
const AT_REST: ReadonlySet<FileState | ServerState | Unknown> = new Set([
  'released',
  'failed-back',
  'closed',
]);

/** Milliseconds that a SQLite file may take to tell of its cutover. */
const TIMEOUT_MS = 5_000;

/**
 * Refuses what must not be done to a database that somebody needs, whatever command and arguments it comes from:
 *
 * - erasing (`migrate reset`, `db push --force-reset`, `db push --accept-data-loss`): only in development and
 *   test, only the database that VATEVO_CONFIRM_ERASE names, and never one that takes part in a move.
 * - changing the schema past the migrations (`db push`, `migrate dev`): only in development and test, and never
 *   in a move.
 *
 * @throws SchemaEngineError that says what was refused, why, and what to do instead
 */
export async function guardRequest({ method, params, target }: GuardedRequest, env: Env): Promise<void> {
  const deed = deedOf(method, params);
  if (deed !== undefined) await guardDeed(deed, target, env);
}

/** What is only done to databases whose data can be made anew. */
const DEEDS = {
  erase: 'erase data in',
  change: 'change, past its migrations,',
  seed: 'put sample rows, with a key that everybody knows, into',
};

type Deed = keyof typeof DEEDS;

/** The same for a deed of our own commands. */
export async function guardDeed(deed: Deed, target: Target, env: Env): Promise<void> {
  const what = `This would ${DEEDS[deed]} ${describe(target)}`;
  const environment = environmentOf(target, env);
  if (!EXPENDABLE.has(environment.name)) {
    throw refusal(
      `${what}, and runs in development and test only: ${environment.said}. Nothing was done. To change a database that is in use, make a migration with pnpm db:migrate and apply it with pnpm db:deploy.`,
    );
  }
  const move = await readMove(target);
  if (move !== undefined) throw refusal(`${what}, which ${move}. Nothing was done.`);
  if (deed === 'erase' && env[CONFIRMATION]?.trim() !== nameOf(target)) {
    throw refusal(
      `${what}, and was not told that this one is meant. Nothing was done. If it is, run the command again with ${CONFIRMATION}=${nameOf(target)}`,
    );
  }
}

function deedOf(method: string, params: unknown): Deed | undefined {
  switch (method) {
    case 'reset':
    case 'drop-database':
      return 'erase';
    case 'schemaPush':
      return (params as { force?: unknown }).force === true ? 'erase' : 'change';
    // The first request of `migrate dev`, before it resets, applies or writes anything.
    case 'devDiagnostic':
      return 'change';
    default:
      return undefined;
  }
}

/**
 * VATEVO_ENV as in all commands, but what is not said is only taken for development where the database is on
 * this machine; and NODE_ENV=production counts, too, for here a mistake cannot be undone.
 */
function environmentOf(target: Target, env: Env): { name: string; said: string } {
  const node = env.NODE_ENV?.trim();
  if (node === 'production') return { name: node, said: 'NODE_ENV is production' };
  const name = env.VATEVO_ENV?.trim();
  if (name) return { name, said: `VATEVO_ENV is ${name}` };
  if (isLocal(target)) return { name: 'development', said: 'VATEVO_ENV is not set' };
  return { name: 'unknown', said: 'VATEVO_ENV is not set, and the database is not on this machine' };
}

function isLocal(target: Target): boolean {
  if (target.kind === 'sqlite') return true;
  return target.hosts.every(
    ({ host }) =>
      host === 'localhost' ||
      host === '::1' ||
      host.startsWith('/') ||
      (isIP(host) === 4 && /^127\./.test(host)),
  );
}

/** What a database is called in a confirmation: no user and no secret. */
function nameOf(target: Target): string {
  if (target.kind === 'sqlite') return path.resolve(target.file);
  return `${hostsOf(target)}/${target.database}`;
}

function describe(target: Target): string {
  if (target.kind === 'sqlite') return `the SQLite file ${path.resolve(target.file)}`;
  return `the database "${target.database}" on ${hostsOf(target)}`;
}

function hostsOf({ hosts }: PostgresTarget): string {
  return hosts.map(({ host, port }) => `${host}:${port}`).join(',');
}

/** The part that a database has in a move, as the end of a sentence; undefined when it has none. */
async function readMove(target: Target): Promise<string | undefined> {
  const record = target.kind === 'sqlite' ? await recordInFile(target.file) : await recordInServer(target);
  if (record === undefined || AT_REST.has(record.state)) return undefined;
  const { state, stored } = record;
  if (state === 'unknown') return sayUnknown(stored);
  if (state === 'handed-over') {
    return 'PostgreSQL has taken over from: a failback needs it. Remove the file by hand if none will be taken';
  }
  return `takes part in a cutover (state ${state}): end it first, see pnpm ops:cutover status`;
}

async function recordInFile(file: string): Promise<FileRecord | undefined> {
  const reading = await readFileCutover(file, TIMEOUT_MS);
  if (reading.ok) return reading.record;
  if (reading.missing) return undefined;
  throw refusal(
    `Whether ${file} takes part in a cutover cannot be told (${reading.message}). Nothing was done.`,
  );
}

async function recordInServer(target: PostgresTarget): Promise<ServerRecord | undefined> {
  const client = await connect(target).catch((error) => {
    // What is not there takes part in nothing; the engine says better than we why it cannot be reached.
    if ((error as { reason?: unknown }).reason === 'missing-database') return undefined;
    throw refusal(`${(error as Error).message} Nothing was done.`, error);
  });
  if (client === undefined) return undefined;
  try {
    return await askServerRecord(runOn(client));
  } catch (error) {
    throw refusal(
      `Whether ${describe(target)} takes part in a cutover cannot be told (${(error as Error).message}). Nothing was done.`,
      error,
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

function refusal(message: string, cause?: unknown): SchemaEngineError {
  return new SchemaEngineError(message, { cause });
}
