import type { PgClient } from '@vatevo/connection';
import { notOfExtension, OUR_SCHEMAS } from '@vatevo/connection/catalog';
import type { Fault } from '../fault.ts';

interface Routine {
  readonly name: string;
  readonly language: string;
  readonly definition: string;
  readonly body: string;
  /** The tables that call it by a trigger. */
  readonly tables: readonly string[];
}

/** A column that is there no more, or will not be. */
export interface LostColumn {
  readonly table: string;
  readonly column: string;
}

const ROUTINES = `
  SELECT p.oid::regprocedure::text AS name, l.lanname AS language, pg_get_functiondef(p.oid) AS definition, p.prosrc AS body,
    ARRAY(SELECT c.relname::text FROM pg_trigger AS t JOIN pg_class AS c ON c.oid = t.tgrelid WHERE t.tgfoid = p.oid) AS tables
  FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace JOIN pg_language AS l ON l.oid = p.prolang
  WHERE p.prokind IN ('f', 'p') AND ${OUR_SCHEMAS} AND ${notOfExtension('pg_proc', 'p.oid')}
  ORDER BY 1`;

/**
 * Functions whose text reads what is not there. PostgreSQL looks at such a text when the function is made and when it is
 * called, and never in between. Functions in SQL are made again, which is a look; of those in other languages, the words
 * are looked at.
 *
 * @param lost columns that the migrations drop, or the next ones will
 */
export async function checkFunctions(client: PgClient, lost: readonly LostColumn[]): Promise<Fault[]> {
  const { rows } = await client.query<Routine>(ROUTINES);
  const faults: Fault[] = [];
  for (const routine of rows) {
    if (routine.language !== 'sql') {
      faults.push(...lost.filter(mentions(routine)).map((column) => mentioned(routine, column)));
      continue;
    }
    try {
      await client.query(routine.definition);
    } catch (error) {
      faults.push(fault(routine, `no longer works: ${(error as Error).message}`));
    }
  }
  return faults;
}

/** It names the column, and the table or whoever's trigger it is. */
function mentions({ body, tables }: Routine): (lost: LostColumn) => boolean {
  const words = new Set(body.match(/\w+/g));
  const has = (name: string) => (/^\w+$/.test(name) ? words.has(name) : body.includes(name));
  return ({ table, column }) => has(column) && (tables.includes(table) || has(table));
}

function mentioned(routine: Routine, { table, column }: LostColumn): Fault {
  return fault(routine, `names ${column} and ${table}, and that column is given up`);
}

function fault({ name }: Routine, what: string): Fault {
  return {
    file: 'prisma/postgres/migrations',
    problem: `function ${name} ${what}`,
    fix: 'Replace it by one without the column, in a migration of this release (pnpm db:migrate --name X --empty): CREATE OR REPLACE FUNCTION …',
  };
}
