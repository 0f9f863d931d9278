import { LEDGERS, TRANSFER_RUNS } from '@vatevo/connection';
import {
  type FileState,
  knownState,
  type ServerState,
  UnknownCutoverStateError,
} from '@vatevo/cutover-state';
import { type DbClient, Prisma } from '@vatevo/db';
import { type NotReady, type Readiness, type ReadinessProbe, unknownState } from './readiness.ts';

const READY: Readiness = { ready: true };

const TRANSFER_UNFINISHED: Readiness = {
  ready: false,
  reason: 'transfer unfinished',
  message:
    'The database holds an unfinished transfer, so part of the data may be missing. Run pnpm ops:transfer again with the same source to complete it.',
};

const TRANSFER_UNREADABLE: Readiness = {
  ready: false,
  reason: 'transfer state unreadable',
  message: `The database holds a transfer that this role may not look at, so it may be unfinished. Grant the role USAGE on schema ${LEDGERS.transfer} and SELECT on ${TRANSFER_RUNS}.`,
};

const TRIGGERS_OFF: Readiness = {
  ready: false,
  reason: 'triggers off',
  message:
    'The database or the login sets session_replication_role to replica, so that no trigger and no foreign key is at work. Take it back: ALTER DATABASE … RESET session_replication_role, or ALTER ROLE … RESET session_replication_role.',
};

const NOT_PREPARED: Record<'postgres' | 'sqlite', Readiness> = {
  postgres: {
    ready: false,
    reason: 'not prepared',
    message:
      'The database lacks Vatevo’s tables, or this login may not act as the roles vatevo_app and vatevo_jobs, or has not the rights of vatevo_app without that, or these roles lack rights. Run pnpm ops:prepare-postgres; grant the login both roles WITH INHERIT, and set no other role for it (ALTER ROLE … RESET role).',
  },
  sqlite: {
    ready: false,
    reason: 'not prepared',
    message:
      'The SQLite file lacks Vatevo’s tables in this service’s own format. Make a new one with pnpm db:deploy.',
  },
};

const MOVE_UNFINISHED: NotReady = {
  ready: false,
  reason: 'move unfinished',
  message:
    'A live move into this database is unfinished, so its SQLite file is the primary. Unset POSTGRES_URL until pnpm ops:cutover finish has handed over.',
};

const HANDED_OVER: NotReady = {
  ready: false,
  reason: 'handed over',
  message:
    'PostgreSQL has taken over from this SQLite file, which holds nothing that was written since. Set POSTGRES_URL and restart.',
};

const FAILED_BACK: NotReady = {
  ready: false,
  reason: 'handed over',
  message:
    'A SQLite file has taken over from this database, which holds nothing that was written since. Unset POSTGRES_URL, set DATABASE_URL to the file that pnpm ops:rollback went back to, and restart.',
};

/** Where a cutover has made another database the primary. One that is only fenced may be read. */
const NOT_PRIMARY: Readonly<Record<FileState | ServerState, NotReady | undefined>> = {
  released: undefined,
  capturing: undefined,
  'handed-over': HANDED_OVER,
  none: undefined,
  reserved: MOVE_UNFINISHED,
  moving: MOVE_UNFINISHED,
  aborting: MOVE_UNFINISHED,
  serving: undefined,
  fenced: undefined,
  'failed-back': FAILED_BACK,
  closed: undefined,
};

async function probeSqlite(db: DbClient): Promise<Readiness> {
  // The replaced service's file has the same tables, and the keys themselves in place of their hashes.
  const [found] = await db.$queryRaw<{ tables: number | bigint }[]>`
    SELECT count(*) AS tables FROM sqlite_master
    WHERE type = 'table' AND name IN ('tenants', 'invoices', 'webhook_events')
      AND EXISTS (SELECT 1 FROM pragma_table_info('tenants') WHERE name = 'api_key_hash')`;
  return Number(found?.tables) === 3 ? READY : NOT_PREPARED.sqlite;
}

/** In a transaction, which has an end whatever the server does. */
const probePostgres = (db: DbClient): Promise<Readiness> => db.transaction(probePostgresIn);

async function probePostgresIn(db: Pick<DbClient, '$queryRaw'>): Promise<Readiness> {
  // One query on the catalog, which every role may read; has_table_privilege
  // alone would fail where the schema does not exist.
  const [found] = await db.$queryRaw<
    { tables: number; ledger: boolean; readable: boolean; role: boolean; triggers: boolean }[]
  >`
    SELECT (SELECT count(*)::int FROM pg_class WHERE oid IN
             (to_regclass('public.tenants'), to_regclass('public.invoices'), to_regclass('public.webhook_events'))) AS tables,
           run.oid IS NOT NULL AS ledger,
           coalesce(has_schema_privilege(run.relnamespace, 'USAGE') AND has_table_privilege(run.oid, 'SELECT'), false)
             AS readable,
           (SELECT count(*) = 2 FROM pg_roles
             WHERE rolname IN ('vatevo_app', 'vatevo_jobs') AND pg_has_role(session_user, oid, 'MEMBER'))
             AND has_schema_privilege('public', 'USAGE')
             AND (SELECT count(*) = 4 FROM pg_roles AS app, unnest(ARRAY[to_regclass('public.tenants'),
               to_regclass('public.invoices'), to_regclass('public.webhook_events'), to_regclass('public.idempotency_keys')])
               AS needed (oid) WHERE app.rolname = 'vatevo_app' AND has_any_column_privilege(app.oid, needed.oid, 'SELECT'))
             AND coalesce(has_function_privilege(to_regprocedure('public.vatevo_tenant_by_key(text)'), 'EXECUTE'), false)
             AS role,
           current_setting('session_replication_role') <> 'replica' AS triggers
    FROM (SELECT) AS one
    LEFT JOIN pg_class AS run
      ON run.relname = 'run' AND run.relnamespace = (SELECT oid FROM pg_namespace WHERE nspname = ${LEDGERS.transfer})`;
  if (found?.triggers === false) return TRIGGERS_OFF;
  if (found?.ledger) {
    if (!found.readable) return TRANSFER_UNREADABLE;
    const unfinished = await db.$queryRaw<unknown[]>`
      SELECT 1 AS unfinished FROM ${Prisma.raw(TRANSFER_RUNS)} WHERE state <> 'complete' LIMIT 1`;
    if (unfinished.length > 0) return TRANSFER_UNFINISHED;
  }
  return found?.tables === 3 && found.role ? READY : NOT_PREPARED.postgres;
}

/** What has to be found in a database of `kind` before its data is served. */
export function contentProbe(db: DbClient, kind: 'postgres' | 'sqlite'): ReadinessProbe {
  return kind === 'postgres' ? () => probePostgres(db) : () => probeSqlite(db);
}

/** The same of the one database that the configuration names: it must be the primary, too. */
export function readinessProbe(db: DbClient, kind: 'postgres' | 'sqlite'): ReadinessProbe {
  const probeContent = contentProbe(db, kind);
  return async () => {
    try {
      const record = await db.readCutover();
      const state = record && knownState<FileState | ServerState>('The database', record);
      return (state && NOT_PRIMARY[state]) ?? (await probeContent());
    } catch (error) {
      // The client refuses such a database by itself, too, where it opens a connection.
      if (error instanceof UnknownCutoverStateError) return unknownState(error.message);
      throw error;
    }
  };
}
