import type { Client } from 'pg';

/** What a role may do, and what the server is, as one connection sees it. */
export interface ServerFacts {
  readonly server: {
    /** `18.4`, as the server words it. */
    readonly version: string;
    readonly standby: boolean;
    readonly readOnly: boolean;
    readonly timeZone: string;
    readonly connections: { readonly used: number; readonly max: number };
  };
  readonly tls: {
    readonly used: boolean;
    readonly protocol: string | null;
    readonly cipher: string | null;
    readonly bits: number | null;
  };
  readonly database: { readonly name: string; readonly encoding: string; readonly sizeBytes: number | null };
  readonly role: {
    readonly name: string;
    readonly superuser: boolean;
    readonly createDatabase: boolean;
    readonly createRole: boolean;
    readonly bypassRowSecurity: boolean;
  };
  readonly privileges: {
    readonly connect: boolean;
    readonly temporary: boolean;
    readonly createSchema: boolean;
    /** false too where there is no schema "public". */
    readonly createInPublic: boolean;
  };
}

/**
 * Asks the server what it is and what this role may do. Reads only.
 *
 * The size is asked for only where it may be read, and the number of
 * connections counts every database of the server (as the limit does).
 */
export async function inspectServer(client: Client): Promise<ServerFacts> {
  const { rows } = await client.query<{ facts: ServerFacts }>(`
    SELECT json_build_object(
      'server', json_build_object(
        'version', current_setting('server_version'),
        'standby', pg_is_in_recovery(),
        'readOnly', current_setting('transaction_read_only')::bool,
        'timeZone', current_setting('TimeZone'),
        'connections', json_build_object(
          'used', (SELECT coalesce(sum(numbackends), 0) FROM pg_stat_database),
          'max', current_setting('max_connections')::int)),
      'tls', coalesce(
        (SELECT json_build_object('used', ssl, 'protocol', version, 'cipher', cipher, 'bits', bits)
           FROM pg_stat_ssl WHERE pid = pg_backend_pid()),
        json_build_object('used', false, 'protocol', null, 'cipher', null, 'bits', null)),
      'database', (
        SELECT json_build_object(
          'name', datname,
          'encoding', pg_encoding_to_char(encoding),
          'sizeBytes', CASE WHEN has_database_privilege(oid, 'CONNECT') THEN pg_database_size(oid) END)
        FROM pg_database WHERE datname = current_database()),
      'role', (
        SELECT json_build_object(
          'name', rolname,
          'superuser', rolsuper,
          'createDatabase', rolsuper OR rolcreatedb,
          'createRole', rolsuper OR rolcreaterole,
          'bypassRowSecurity', rolsuper OR rolbypassrls)
        FROM pg_roles WHERE rolname = current_user),
      'privileges', json_build_object(
        'connect', has_database_privilege(current_database(), 'CONNECT'),
        'temporary', has_database_privilege(current_database(), 'TEMPORARY'),
        'createSchema', has_database_privilege(current_database(), 'CREATE'),
        'createInPublic', coalesce(
          (SELECT has_schema_privilege(oid, 'USAGE') AND has_schema_privilege(oid, 'CREATE')
             FROM pg_namespace WHERE nspname = 'public'), false))) AS facts`);
  const [row] = rows;
  if (!row) throw new Error('The server answered a question about itself with no row.');
  return row.facts;
}
