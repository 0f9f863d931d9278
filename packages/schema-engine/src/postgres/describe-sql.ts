import type { PgClient, PostgresTarget } from '@vatevo/connection';
import pg from 'pg';
import { SchemaEngineError } from '../engine/error.ts';
import type { DescribedSql, SqlQuery } from '../engine/sql.ts';
import { quoteIdentifier } from './quote.ts';
import { readSqlComments, type SqlComments } from './sql-comments.ts';
import { withClient } from './with-client.ts';

/**
 * What a query takes and gives, in the words of Prisma's engine, whose WebAssembly build has the request and cannot answer
 * it: Prisma's adapters have no way to ask. Nothing is run.
 *
 * A column is said to be never NULL only where that is certain.
 *
 * @param schema that the tables are in; `public` when omitted
 * @throws SchemaEngineError when PostgreSQL refuses the query, or what it takes or gives has no type in Prisma
 */
export async function describeSql(
  { name, source }: SqlQuery,
  target: PostgresTarget,
  schema?: string,
): Promise<DescribedSql> {
  const comments = readSqlComments(source);
  return withClient(target, async (client) => {
    if (schema !== undefined) {
      await client.query('SELECT set_config($1, $2, false)', ['search_path', quoteIdentifier(schema)]);
    }
    const { parameters, columns } = await describe(client, source);
    for (const { number } of comments.parameters) {
      if (number > parameters.length) throw new SchemaEngineError(`It has no parameter $${number}.`);
    }
    const types = await readTypes(client, [...parameters, ...columns.map(({ dataTypeID }) => dataTypeID)]);
    const required = await neverNull(client, source, parameters.length, columns);
    return {
      name,
      source,
      documentation: comments.documentation,
      parameters: parameters.map((type, index) => parameter(comments, index + 1, types.get(type))),
      resultColumns: columns.map((column, index) => ({
        name: column.name,
        typ: prismaType(types.get(column.dataTypeID), `Its column "${column.name}"`),
        nullable: !required.has(index),
      })),
    };
  });
}

function parameter(comments: SqlComments, number: number, type: TypeRow | undefined) {
  const said = comments.parameters.find((each) => each.number === number);
  return {
    name: said?.name ?? `_${number}`,
    typ: said?.type ?? prismaType(type, `Its parameter $${number}`),
    documentation: said?.documentation ?? null,
    nullable: said?.nullable ?? false,
  };
}

interface Description {
  /** The types of the parameters, as their oids. */
  readonly parameters: readonly number[];
  readonly columns: readonly pg.FieldDef[];
}

/** The parts of pg's connection (lib/connection.js) that this builds on. */
interface ConnectionParts {
  once(event: 'parameterDescription', listener: (message: { dataTypeIDs: readonly number[] }) => void): void;
  parse(statement: { readonly text: string; readonly name: string }): void;
  describe(what: { readonly type: 'S'; readonly name: string }): void;
  sync(): void;
}

/** Has the server parse a statement and describe it (PostgreSQL manual, 54.2.3), and run nothing. */
class DescribeQuery implements pg.Submittable {
  readonly answer: Promise<Description>;
  readonly #source: string;
  #parameters: readonly number[] = [];
  #columns: readonly pg.FieldDef[] = [];
  #resolve: (description: Description) => void = () => undefined;
  #reject: (error: Error) => void = () => undefined;

  constructor(source: string) {
    this.#source = source;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  submit(connection: pg.Connection): void {
    const parts = connection as unknown as ConnectionParts;
    parts.once('parameterDescription', ({ dataTypeIDs }) => {
      this.#parameters = dataTypeIDs;
    });
    parts.parse({ text: this.#source, name: '' });
    parts.describe({ type: 'S', name: '' });
    parts.sync();
  }

  handleRowDescription({ fields }: { readonly fields: readonly pg.FieldDef[] }): void {
    this.#columns = fields;
  }

  handleError(error: Error): void {
    this.#reject(error);
  }

  handleReadyForQuery(): void {
    this.#resolve({ parameters: this.#parameters, columns: this.#columns });
  }
}

async function describe(client: PgClient, source: string): Promise<Description> {
  try {
    return await client.query(new DescribeQuery(source)).answer;
  } catch (error) {
    if (!(error instanceof pg.DatabaseError)) throw error;
    throw new SchemaEngineError(`PostgreSQL says: ${error.message}.`, {
      databaseCode: error.code,
      cause: error,
    });
  }
}

/** A type; of an array, that of its elements. */
interface TypeRow {
  readonly oid: number;
  readonly name: string;
  readonly isEnum: boolean;
  readonly isArray: boolean;
}

async function readTypes(client: PgClient, oids: readonly number[]): Promise<Map<number, TypeRow>> {
  const { rows } = await client.query<TypeRow>(
    `SELECT t.oid::int4 AS oid, e.typname AS name, e.typtype = 'e' AS "isEnum", e.oid <> b.oid AS "isArray"
     FROM pg_type AS t
     JOIN pg_type AS b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
     JOIN pg_type AS e ON e.oid = CASE b.typcategory WHEN 'A' THEN b.typelem ELSE b.oid END
     WHERE t.oid = ANY ($1::oid[])`,
    [oids],
  );
  return new Map(rows.map((row) => [row.oid, row]));
}

/** What Prisma calls the types that its adapter reads and writes. */
const PRISMA_TYPES: Readonly<Record<string, string>> = {
  bool: 'bool',
  int2: 'int',
  int4: 'int',
  int8: 'bigint',
  float4: 'float',
  float8: 'double',
  numeric: 'decimal',
  timestamp: 'datetime',
  timestamptz: 'datetime',
  date: 'date',
  time: 'time',
  uuid: 'uuid',
  json: 'json',
  jsonb: 'json',
  bytea: 'bytes',
  text: 'string',
  varchar: 'string',
  bpchar: 'string',
  name: 'string',
};

function prismaType(type: TypeRow | undefined, what: string): string {
  const typ = type && (type.isEnum ? type.name : PRISMA_TYPES[type.name]);
  if (type === undefined || typ === undefined) {
    throw new SchemaEngineError(
      `${what} is of type ${type?.name ?? 'unknown'}, which has none in Prisma: cast it to another, such as text.`,
    );
  }
  return type.isArray ? `${typ}-array` : typ;
}

interface PlanNode {
  readonly 'Node Type': string;
  readonly 'Join Type'?: string;
  readonly 'Grouping Sets'?: unknown;
  readonly Plans?: readonly PlanNode[];
}

/** Joins that make no row of NULLs. */
const INNER: ReadonlySet<string> = new Set(['Inner', 'Semi', 'Right Semi']);

/** Nodes that may give NULL for a column that is NOT NULL: other branches of a union, and the old row of an INSERT. */
const MIXED: ReadonlySet<string> = new Set([
  'Append',
  'Merge Append',
  'SetOp',
  'Recursive Union',
  'ModifyTable',
]);

/** The columns, by their places, that come from one that is NOT NULL, in a query that adds no NULL to any. */
async function neverNull(
  client: PgClient,
  source: string,
  parameters: number,
  columns: readonly pg.FieldDef[],
): Promise<Set<number>> {
  if (!(await addsNoNull(client, source, parameters))) return new Set();
  const { rows } = await client.query<{ place: number }>(
    `SELECT (place - 1)::int4 AS place
     FROM unnest($1::oid[], $2::int2[]) WITH ORDINALITY AS columns (relation, number, place)
     JOIN pg_attribute ON attrelid = relation AND attnum = number AND attnotnull`,
    [columns.map(({ tableID }) => tableID), columns.map(({ columnID }) => columnID)],
  );
  return new Set(rows.map(({ place }) => place));
}

async function addsNoNull(client: PgClient, source: string, parameters: number): Promise<boolean> {
  await client.query(`SET plan_cache_mode = force_generic_plan`);
  await client.query(`PREPARE described AS ${source}`);
  const values = parameters === 0 ? '' : `(${Array(parameters).fill('NULL').join(', ')})`;
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
    `EXPLAIN (FORMAT JSON) EXECUTE described${values}`,
  );
  const isPlain = (node: PlanNode): boolean =>
    INNER.has(node['Join Type'] ?? 'Inner') &&
    !MIXED.has(node['Node Type']) &&
    node['Grouping Sets'] === undefined &&
    (node.Plans ?? []).every(isPlain);
  return rows[0]?.['QUERY PLAN'].every(({ Plan }) => isPlain(Plan)) ?? false;
}
