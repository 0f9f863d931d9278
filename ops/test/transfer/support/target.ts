import { randomBytes } from 'node:crypto';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { preparedTarget, prepareTarget } from '../../support/prepared.ts';
import { sql, variant } from '../../support/sql.ts';

/** Databases with our schema and no rows, each a copy of one that was prepared once. */
export class Targets {
  readonly #server: string;
  readonly #template: string;
  readonly #made: string[] = [];

  private constructor(server: string, template: string) {
    this.#server = server;
    this.#template = template;
  }

  /** @param server a superuser's URL; the shared server of the tests when omitted */
  static async prepare(server?: string): Promise<Targets> {
    if (server === undefined) {
      const { url } = await preparedTarget();
      return new Targets(await testServerUrl(), new URL(url).pathname.slice(1));
    }
    const template = `prepared_${randomBytes(6).toString('hex')}`;
    await sql(server, `CREATE DATABASE ${template}`);
    await prepareTarget(variant(server, { database: template }));
    return new Targets(server, template);
  }

  /** A new, empty target's URL. */
  async create(options = 'STRATEGY file_copy'): Promise<string> {
    const name = `${this.#template}_${this.#made.length}`;
    this.#made.push(name);
    await sql(this.#server, `CREATE DATABASE ${name} TEMPLATE ${this.#template} ${options}`);
    return variant(this.#server, { database: name });
  }

  async drop(url: string): Promise<void> {
    const name = new URL(url).pathname.slice(1);
    this.#made.splice(this.#made.indexOf(name), 1, '');
    await sql(this.#server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  }

  async dropAll(): Promise<void> {
    for (const name of [...this.#made, this.#template]) {
      if (name) await sql(this.#server, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  }
}

/** Everything that a transfer leaves behind, to be compared with what another one left. */
export async function contentOf(url: string): Promise<Record<string, unknown>> {
  const rows = async (query: string) => sql(url, `SET TimeZone = 'UTC'`, query);
  const digest = async (table: string) =>
    (
      await rows(
        `SELECT count(*)::int AS rows, md5(string_agg(r::text, '|' ORDER BY id)) AS digest FROM ${table} r`,
      )
    )[0];
  return {
    tenants: await digest('tenants'),
    invoices: await digest('invoices'),
    webhook_events: await digest('webhook_events'),
    indexes: await rows(`SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef`),
    constraints: await rows(
      `SELECT conrelid::regclass::text AS of, conname, pg_get_constraintdef(oid) AS definition FROM pg_constraint
       WHERE connamespace = 'public'::regnamespace ORDER BY 1, 2`,
    ),
    sequences: await rows(
      `SELECT sequencename, last_value::text FROM pg_sequences WHERE schemaname = 'public' ORDER BY 1`,
    ),
  };
}

/** What the ledger says of the latest run; undefined when none was begun. */
export async function stateOf(url: string): Promise<string | undefined> {
  const [found] = await sql<{ found: boolean }>(
    url,
    `SELECT to_regclass('vatevo_transfer.run') IS NOT NULL AS found`,
  );
  if (!found?.found) return undefined;
  const [run] = await sql<{ state: string }>(
    url,
    'SELECT state FROM vatevo_transfer.run ORDER BY id DESC LIMIT 1',
  );
  return run?.state;
}
