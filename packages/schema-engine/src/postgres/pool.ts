import { clientConfig, PgClient, type PostgresTarget } from '@vatevo/connection';
import pg from 'pg';
import { APPLICATION } from './with-client.ts';

/** PostgreSQL settings by name, such as `{ lock_timeout: '2s' }`. */
export type SessionSettings = Readonly<Record<string, string>>;

/** The one-byte type `"char"`, of `pg_class.relkind` and other flags in the catalog. */
const CHAR = 18;
const TEXT = 25;

/**
 * The one connection of an engine, as the pool that Prisma's adapter wants. The
 * engine has its lock and its settings in this session, so there is never a
 * second one, neither beside it nor after it.
 */
export class EnginePool extends pg.Pool {
  /** The server process behind the connection, once there is one. */
  backend: number | undefined;
  /** Which columns of the last result were of type `"char"`. */
  charColumns: readonly number[] = [];
  /** The driver's own error when the last query failed. */
  lastError: unknown;

  constructor(target: PostgresTarget, session: SessionSettings = {}) {
    super({
      ...clientConfig(target, { applicationName: APPLICATION }),
      // Its types say that a pool calls the class without the configuration; it does not.
      Client: PgClient as unknown as new () => pg.ClientBase,
      max: 1,
      idleTimeoutMillis: 0,
      onConnect: async (client) => {
        // A connection that is lost in the middle of a query shows in that query, too.
        client.on('error', () => undefined);
        if (this.backend !== undefined) throw new Error('Connection terminated');
        this.backend = (client as unknown as { processID: number }).processID;
        for (const [name, value] of Object.entries(session)) {
          await client.query('SELECT set_config($1, $2, false)', [name, value]);
        }
      },
    });
    // A connection that is lost while idle shows in the next query.
    this.on('error', () => undefined);
  }

  /** Connects now instead of at the first query, to fail early. */
  async open(): Promise<void> {
    const client = await this.connect();
    client.release();
  }

  /**
   * Differs from the pool's own in two ways: a query that the server refuses
   * does not cost the connection, and with it the session; and a column of type
   * `"char"`, which Prisma's adapter does not know, is shown to it as text.
   */
  override async query(...args: unknown[]): Promise<never> {
    try {
      const client = await this.connect();
      try {
        const result = (await Reflect.apply(client.query, client, args)) as pg.QueryResult;
        const fields = result.fields ?? [];
        this.charColumns = fields.flatMap((field, column) => (field.dataTypeID === CHAR ? [column] : []));
        for (const column of this.charColumns) (fields[column] as pg.FieldDef).dataTypeID = TEXT;
        return result as never;
      } finally {
        client.release();
      }
    } catch (error) {
      this.lastError = error;
      throw error;
    }
  }
}
