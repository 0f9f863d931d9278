import type { Inspection, ReaderThreads, RefusedValue, TransferMapping } from '@vatevo/transfer';
import { columnType } from '@vatevo/transfer/column-types';
import { inspect, prepare, refuseUnread, runStartNow } from '@vatevo/transfer/pipeline';
import { namingTable } from '@vatevo/transfer/plan';
import { SqliteSource, useSource } from '@vatevo/transfer/sqlite';
import type { Design } from './design/design.ts';
import { Findings } from './design/findings.ts';
import { makeDesign } from './design/make-design.ts';
import { targetCatalog, withRenames } from './design/target-catalog.ts';
import { readFileSchema } from './file/read-file.ts';

export interface SchemaInput {
  /** The SQLite file, and what is read of it. */
  readonly source: string;
  readonly readable: string;
  readonly schema: string;
  readonly mapping: TransferMapping;
  readonly readers?: number | undefined;
  readonly threads?: ReaderThreads | undefined;
}

export interface DesignedSchema {
  readonly design: Design;
  /** For a transfer into the tables. */
  readonly mapping: TransferMapping;
  /** What no type of PostgreSQL holds as it is: somebody has to decide. */
  readonly inspection: Inspection;
  /** Tables whose rows a module of SQLite computes, of which nobody has decided that they stay behind. */
  readonly virtualTables: readonly string[];
}

/** More than a column has candidates, and than there are kinds of findings. */
const MAX_ROUNDS = 20;

/**
 * Designs PostgreSQL's tables for a file by what it holds, and inspects the file as a transfer into them would. What
 * stands in the way of one design is left out of the next, so that nothing which is designed is refused later; what
 * no design can take is told.
 */
export async function designSchema(input: SchemaInput): Promise<DesignedSchema> {
  const findings = new Findings();
  for (let round = 1; ; round++) {
    const { design, virtualTables } = designOnce(input, findings);
    const mapping = withRenames(input.mapping, design);
    const inspection = await inspectDesign(input, design, {
      ...mapping,
      leaveBehind: [...(mapping.leaveBehind ?? []), ...virtualTables],
    });
    const isNew = inspection.refusals.map((refusal) => learn(design, refusal, findings));
    if (!isNew.includes(true) || round === MAX_ROUNDS) return { design, mapping, inspection, virtualTables };
  }
}

/** The mapping alone, for a transfer into tables that were created before. */
export function designNames(input: SchemaInput): TransferMapping {
  return withRenames(input.mapping, designOnce(input, new Findings()).design);
}

function designOnce(
  { readable, schema, mapping }: SchemaInput,
  findings: Findings,
): Pick<DesignedSchema, 'design' | 'virtualTables'> {
  return useSource(readable, (db) => {
    const file = readFileSchema(db);
    const virtual = file.others.filter(({ kind }) => kind === 'virtual table').map(({ name }) => name);
    const decided = mapping.decisions?.leaveBehind ?? [];
    return {
      design: makeDesign({ db, file, schema, mapping, findings }),
      virtualTables: virtual.filter(
        (name) => namingTable(decided, name).length === 0 && !mapping.leaveBehind?.includes(name),
      ),
    };
  });
}

async function inspectDesign(
  { source, readable, readers, threads }: SchemaInput,
  design: Design,
  mapping: TransferMapping,
): Promise<Inspection> {
  const file = new SqliteSource(source, { readable, readers, threads });
  try {
    const target = {
      schema: design.schema,
      catalog: async () => ({
        tables: targetCatalog(design),
        checks: [],
        keys: [],
        generated: [],
        indexes: [],
      }),
    };
    const preparation = await prepare(file, target, mapping, runStartNow(), true);
    const { plan, rules } = preparation;
    refuseUnread(file, plan, preparation);
    const view = await file.snapshot();
    const found = await inspect({ view, plan, tables: await view.measure(plan), rules });
    return { ...found, notes: [] };
  } finally {
    await file.close();
  }
}

const NO_ROW = /^points to no row of (.*?)(?: but by (\S+), as SQLite compares)?$/s;
const NOT_UNIQUE = /^not unique, as (.*) wants it$/s;

/** Keeps what a refusal says of the design. @returns whether that is news */
function learn(
  design: Design,
  { table, column, reason, key, value }: RefusedValue,
  findings: Findings,
): boolean {
  const [, parent, collation] = NO_ROW.exec(reason) ?? [];
  if (parent !== undefined) {
    const how =
      collation === undefined
        ? 'a row points nowhere'
        : `a row points to a key that is written otherwise, which is the same by ${collation} in SQLite and another one in PostgreSQL`;
    return findings.breakForeignKey(table, column, parent, `${how} (${key}: ${value})`);
  }
  const designed = design.tables.find(({ source }) => source === table);
  const unique = NOT_UNIQUE.exec(reason)?.[1];
  if (unique !== undefined) {
    const columns = column.split(', ');
    const manyForms = designed?.columns.filter(
      ({ source, type }) => columns.includes(source) && columnType(type).traits.equality !== 'as-stored',
    );
    return (manyForms ?? [])
      .map(({ source, type }) => findings.refuseType(`${table}.${source}`, type.sql))
      .includes(true);
  }
  const place = `${table}.${column}`;
  if (reason === 'NULL in a column that must not be NULL') return findings.foundNull(place);
  const type = designed?.columns.find(({ source }) => source === column)?.type;
  return type !== undefined && findings.refuseType(place, type.sql);
}
