import { decidesAnything, type TransferMapping } from './mapping.ts';
import type { OnProgress } from './progress.ts';
import type { ReaderThreads } from './source/sqlite/readers/threads.ts';
import { SqliteSource } from './source/sqlite/source.ts';
import { type Connect, Connections, openPostgres, type PostgresTarget } from './target/postgres/target.ts';
import type { Run } from './target/target.ts';

/** What every stage needs to know of the two databases. */
export interface Endpoints {
  /** Path of the SQLite file. It is never written. */
  readonly source: string;
  /** What is read instead of the source: from `readableSource`, which is called when this is omitted. */
  readonly readable?: string;
  /** Milliseconds to wait for another process that is just committing to the source; 5 s. */
  readonly waitMs?: number;
  /** Opens a connection to the target, each time a new one, with `TimeZone=UTC`. */
  readonly connect: Connect;
  readonly mapping: TransferMapping;
  /** The target's schema; `public` when omitted. */
  readonly schema?: string;
  /** Threads that read the source; as many connections load the target. When omitted, one a processor, and fewer for a small file. */
  readonly readers?: number;
  /** Where these threads come from: whoever makes several calls keeps them. When omitted, there are some for this call alone. */
  readonly threads?: ReaderThreads;
  readonly onProgress?: OnProgress;
  /** Bytes that are free on the target's disk; where omitted, they are looked up if that can be done. */
  readonly targetFreeSpace?: number;
  /** Bytes of the largest value that is read through SQLite's driver; what it can when omitted. For tests. */
  readonly maxRead?: number;
  /** Stops the work where it is; what is committed stays, and the same call resumes it. */
  readonly signal?: AbortSignal;
}

/** The two databases of one call, closed together whatever happens. */
export interface Session {
  readonly endpoints: Endpoints;
  readonly source: SqliteSource;
  readonly target: PostgresTarget;
}

export async function useSession<Result>(
  endpoints: Endpoints,
  work: (session: Session) => Promise<Result>,
): Promise<Result> {
  const { signal } = endpoints;
  signal?.throwIfAborted();
  const source = new SqliteSource(endpoints.source, endpoints);
  const connections = new Connections(endpoints.connect, source.readers);
  const close = async () => {
    await source.close();
    await connections.close();
  };
  // Closing what it works with is what stops the work: a query or a reader then fails.
  const abort = () => void close();
  signal?.addEventListener('abort', abort);
  try {
    const target = await openPostgres(connections, endpoints.schema ?? 'public');
    return await work({ endpoints, source, target });
  } catch (error) {
    signal?.throwIfAborted();
    throw error;
  } finally {
    signal?.removeEventListener('abort', abort);
    await close();
  }
}

/** A run's own decisions hold, unless this call makes others: then the plans will differ, and that is said. */
export function mappingOf(
  { endpoints: { mapping } }: Session,
  { plan: { decisions } }: Run,
): TransferMapping {
  if (decisions === undefined || (mapping.decisions && decidesAnything(mapping.decisions))) return mapping;
  return { ...mapping, decisions };
}
