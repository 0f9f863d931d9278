import { statSync } from 'node:fs';
import type { Client } from 'pg';
import { TransferError } from './errors.ts';
import type { TransferMapping } from './mapping.ts';
import type { CheckConstraint, ServerKey } from './plan/catalog.ts';
import { planTransfer } from './plan/plan.ts';
import type { TransferPlan } from './plan/types.ts';
import type { OnProgress } from './progress.ts';
import { quoteName } from './quote.ts';
import type { Dependency, RelationRule } from './source/source.ts';
import { readSqliteCatalog } from './source/sqlite/catalog.ts';
import { readGivenOut } from './source/sqlite/given-out.ts';
import { openSource } from './source/sqlite/open.ts';
import { beginRead } from './source/sqlite/patience.ts';
import { type ReachedSource, reachSource } from './source/sqlite/reach.ts';
import { dependencies, relationRules } from './source/sqlite/relations.ts';
import { usedBytes } from './source/sqlite/size.ts';
import { Snapshot } from './source/sqlite/snapshot.ts';
import { readPostgresCatalog } from './target/postgres/catalog.ts';
import { readChecks } from './target/postgres/checks.ts';
import { readServerKeys } from './target/postgres/keys.ts';

/** What every stage needs to know of the two databases. */
export interface Endpoints {
  /** Path of the SQLite file. It is never written. */
  readonly source: string;
  /** What is read instead of the source: from {@link reachSource}, which is called when this is omitted. */
  readonly readable?: string;
  /** Opens a connection to the target, each time a new one, with `TimeZone=UTC`. */
  readonly connect: () => Promise<Client>;
  readonly mapping: TransferMapping;
  /** The target's schema; `public` when omitted. */
  readonly schema?: string;
  /** Threads that read the source; as many connections load the target. When omitted, two, and one for a small file. */
  readonly readers?: number;
  readonly onProgress?: OnProgress;
  /** Bytes that are free on the target's disk; where omitted, they are looked up if that can be done. */
  readonly targetFreeSpace?: number;
  /** Stops the work where it is; what is committed stays, and the same call carries it on. */
  readonly signal?: AbortSignal;
}

const DEFAULT_READERS = 2;
/** Bytes that one reader has read before another one has started. */
const READ_BY_ONE = 1024 * 1024;

/** A role's or database's own limits are meant for short queries; loading a table or building an index is none. */
const UNHURRIED = `
  SELECT set_config(name, '0', false) FROM pg_settings
  WHERE name IN ('statement_timeout', 'lock_timeout', 'transaction_timeout',
                 'idle_in_transaction_session_timeout', 'idle_session_timeout')`;

/** Connections and reader threads that belong to one call, closed together whatever happens. */
export class Session {
  readonly endpoints: Endpoints;
  readonly schema: string;
  readonly readers: number;
  readonly #clients: Client[] = [];
  #snapshot: Snapshot | undefined;
  #reached: ReachedSource | undefined;

  private constructor(endpoints: Endpoints) {
    this.endpoints = endpoints;
    this.schema = endpoints.schema ?? 'public';
    this.readers = endpoints.readers ?? readersFor(endpoints.source);
  }

  static async use<Result>(
    endpoints: Endpoints,
    work: (session: Session) => Promise<Result>,
  ): Promise<Result> {
    const session = new Session(endpoints);
    const { signal } = endpoints;
    // Closing what it works with is what stops the work: a query or a reader then fails.
    const abort = () => void session.#close();
    signal?.addEventListener('abort', abort);
    try {
      signal?.throwIfAborted();
      return await work(session);
    } catch (error) {
      signal?.throwIfAborted();
      throw error;
    } finally {
      signal?.removeEventListener('abort', abort);
      await session.#close();
    }
  }

  async client(): Promise<Client> {
    const client = await this.endpoints.connect();
    // A connection that is lost while idle says so by an event, which nobody may leave unheard; the next
    // query on it fails and tells.
    client.on('error', () => undefined);
    this.#clients.push(client);
    await client.query(UNHURRIED);
    return client;
  }

  /** The file to read, which is not always the source itself. */
  get readable(): string {
    if (this.endpoints.readable !== undefined) return this.endpoints.readable;
    this.#reached ??= reachSource(this.endpoints.source);
    return this.#reached.file;
  }

  /** As many connections as there are readers, the given one the first of them. */
  async clients(first: Client): Promise<[Client, ...Client[]]> {
    const others = await Promise.all(Array.from({ length: this.readers - 1 }, () => this.client()));
    return [first, ...others];
  }

  async snapshot(): Promise<Snapshot> {
    this.#snapshot ??= await Snapshot.open(this.readable, this.readers);
    return this.#snapshot;
  }

  async #close(): Promise<void> {
    await this.#snapshot?.close();
    await Promise.all(this.#clients.map((client) => client.end().catch(() => undefined)));
    this.#reached?.release();
  }
}

function readersFor(file: string): number {
  const bytes = statSync(file, { throwIfNoEntry: false })?.size ?? Number.POSITIVE_INFINITY;
  return Math.min(DEFAULT_READERS, Math.ceil(bytes / READ_BY_ONE) || 1);
}

export interface Preparation {
  readonly plan: TransferPlan;
  readonly rules: readonly RelationRule[];
  /** What the server checks of each row. */
  readonly checks: readonly CheckConstraint[];
  /** What it checks of rows together, beyond what the rules say. */
  readonly keys: readonly ServerKey[];
  /** Which rows cannot go without which others. */
  readonly dependencies: readonly Dependency[];
  /** By target table: the highest id that AUTOINCREMENT ever gave out. */
  readonly givenOut: ReadonlyMap<string, bigint>;
  /** What the source holds, for estimating what the target will. */
  readonly sourceBytes: number;
}

/**
 * Reads both catalogs and matches them.
 *
 * @throws TransferError `target-unfit` or `source-refused` with every fault.
 */
export async function prepare(
  session: Pick<Session, 'endpoints' | 'readable' | 'schema'>,
  client: Client,
  runStart: string,
  mapping: TransferMapping = session.endpoints.mapping,
): Promise<Preparation> {
  const { source: file } = session.endpoints;
  const target = await readPostgresCatalog(client, session.schema);
  const checks = await readChecks(client, session.schema);
  const keys = await readServerKeys(client, session.schema);
  const db = openSource(session.readable);
  try {
    // Nothing is waited for while it lasts: others may be writing to the file.
    beginRead(db);
    const source = readSqliteCatalog(db);
    const result = planTransfer({
      schema: session.schema,
      source,
      target,
      mapping,
      runStart,
      holdsData: (table, column) => {
        const where = column === undefined ? '' : ` WHERE ${quoteName(column)} IS NOT NULL`;
        return db.prepare(`SELECT 1 FROM ${quoteName(table)}${where} LIMIT 1`).get() !== undefined;
      },
    });
    if (!result.ok) {
      const unfit = result.faults.some((fault) => fault.side === 'target');
      throw new TransferError(
        unfit ? 'target-unfit' : 'source-refused',
        `The source does not fit the target: ${result.faults.map((fault) => fault.message).join('; ')}. ${
          unfit
            ? 'Bring the target up to date first (ops:prepare-postgres)'
            : 'Decide on each, then run again'
        }.`,
      );
    }
    if (result.plan.tables.length === 0) {
      throw new TransferError(
        'source-refused',
        `${file} has no table that the target knows: check that it is the right file.`,
      );
    }
    return {
      plan: result.plan,
      checks,
      keys,
      rules: relationRules(result.plan, source, target),
      dependencies: dependencies(result.plan, target),
      givenOut: readGivenOut(db, result.plan),
      sourceBytes: usedBytes(db),
    };
  } finally {
    db.close();
  }
}
