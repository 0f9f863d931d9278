import { isCluster } from '@vatevo/connection';
import { CommandError, ExitCode } from '@vatevo/shell';
import { type Client, escapeIdentifier } from 'pg';
import { readCluster, refuseCluster } from '../distribute/cluster.ts';

/** The oldest server the schema and the tools are tested on. */
const OLDEST_SERVER = 130_000;

/** What the server says about itself and about this role's rights in the database. */
interface Standing {
  readonly role: string;
  readonly database: string;
  readonly version: number;
  readonly versionText: string;
  readonly encoding: string;
  readonly standby: boolean;
  readonly readOnly: boolean;
  /** null: there is no schema "public". */
  readonly mayCreate: boolean | null;
  readonly mayUse: boolean | null;
  /** The owner of the table of migrations, when it is a role whose rights this one does not have. */
  readonly foreignOwner: string | null;
}

/** Who the connection works as, on what server, and why that is not enough, if it is not. */
export interface Fitness {
  readonly role: string;
  readonly serverVersion: string;
  /** With exit code 4, and the statement that fixes it. */
  readonly refusal: CommandError | undefined;
  /** Whether the database is a cluster's. */
  readonly isCluster: boolean;
  /** The same of a cluster that is set up such that the API must not work on it either. */
  readonly clusterRefusal: CommandError | undefined;
}

/** Finds out, before anything is changed, whether migrations could be applied on this server with this role. */
export async function evaluateFitness(client: Client): Promise<Fitness> {
  const standing = await readStanding(client);
  const is = await isCluster(client);
  const clusterRefusal = is ? refuseCluster(await readCluster(client)) : undefined;
  return {
    role: standing.role,
    serverVersion: standing.versionText,
    refusal: refuse(standing) ?? clusterRefusal,
    isCluster: is,
    clusterRefusal,
  };
}

async function readStanding(client: Client): Promise<Standing> {
  const { rows } = await client.query<Standing>(`
    SELECT current_user AS role,
           current_database() AS database,
           current_setting('server_version_num')::int AS version,
           current_setting('server_version') AS "versionText",
           current_setting('server_encoding') AS encoding,
           pg_is_in_recovery() AS standby,
           current_setting('transaction_read_only')::bool AS "readOnly",
           (SELECT has_schema_privilege(oid, 'CREATE') FROM pg_namespace WHERE nspname = 'public') AS "mayCreate",
           (SELECT has_schema_privilege(oid, 'USAGE') FROM pg_namespace WHERE nspname = 'public') AS "mayUse",
           (SELECT pg_get_userbyid(c.relowner)
              FROM pg_class c
              JOIN pg_namespace n ON n.oid = c.relnamespace
             WHERE n.nspname = 'public' AND c.relname = '_prisma_migrations'
               AND NOT pg_has_role(c.relowner, 'USAGE')) AS "foreignOwner"`);
  const [standing] = rows;
  if (!standing) throw new Error('The server answered a question about itself with no row.');
  return standing;
}

function refuse(standing: Standing): CommandError | undefined {
  const role = escapeIdentifier(standing.role);
  const database = escapeIdentifier(standing.database);
  const no = (message: string, ...remedy: string[]) =>
    new CommandError(ExitCode.notReady, message, { remedy });

  if (standing.version < OLDEST_SERVER) {
    return no(
      `The server is PostgreSQL ${standing.versionText}; version 13 is the oldest that is supported.`,
    );
  }
  if (standing.standby) {
    return no(
      'The server is a standby, which takes no changes.',
      'Point POSTGRES_URL at the primary, or name all hosts with target_session_attrs=read-write.',
    );
  }
  if (standing.readOnly) {
    return no(
      `Transactions of the role ${role} are read-only in the database ${database}.`,
      `ALTER ROLE ${role} IN DATABASE ${database} RESET default_transaction_read_only;`,
    );
  }
  if (standing.encoding !== 'UTF8') {
    return no(
      `The database ${database} stores text as ${standing.encoding}; it must be UTF8.`,
      `CREATE DATABASE ${database} OWNER ${role} TEMPLATE template0 ENCODING 'UTF8';  -- after moving this one away`,
    );
  }
  if (standing.mayCreate === null || standing.mayUse === null) {
    return no(
      `The database ${database} has no schema "public".`,
      `CREATE SCHEMA public AUTHORIZATION ${role};  -- in the database ${database}`,
    );
  }
  if (!standing.mayCreate || !standing.mayUse) {
    return no(
      `The role ${role} may not create tables in the schema "public" of the database ${database}.`,
      `GRANT USAGE, CREATE ON SCHEMA public TO ${role};  -- in the database ${database}, as its owner`,
    );
  }
  if (standing.foreignOwner !== null) {
    const owner = escapeIdentifier(standing.foreignOwner);
    return no(
      `The tables of the database ${database} belong to the role ${owner}, and ${role} may not change them.`,
      `GRANT ${owner} TO ${role};  -- or run this command as ${owner}`,
    );
  }
  return undefined;
}
