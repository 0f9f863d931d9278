import type { Client } from 'pg';
import type { TransferPlan } from '../../plan/types.ts';
import { quoteQualified } from '../../quote.ts';
import type { StructureVerdict } from '../target.ts';
import { readRecordedStructure, readStructure, type StructureItem } from './structure.ts';

/**
 * What is there must be in force, whoever made it: constraints validated and not switched off, indexes valid.
 */
const WITHOUT_EFFECT = `
  SELECT format('constraint %s on %s is not validated', k.conname, c.relname) AS what
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid
  WHERE k.conrelid = ANY ($1::regclass[]) AND NOT k.convalidated AND NOT k.oid = ANY ($2::oid[])
  UNION ALL
  SELECT format('index %s on %s is not valid', i.relname, c.relname)
  FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
  WHERE x.indrelid = ANY ($1::regclass[]) AND NOT (x.indisvalid AND x.indisready AND x.indislive)
  UNION
  SELECT format('constraint %s on %s is not enforced: its triggers on %s are disabled', k.conname, c.relname, g.tgrelid::regclass)
  FROM pg_trigger g JOIN pg_constraint k ON k.oid = g.tgconstraint JOIN pg_class c ON c.oid = k.conrelid
  WHERE g.tgrelid = ANY ($1::regclass[]) AND g.tgisinternal AND g.tgenabled NOT IN ('O', 'A')
  ORDER BY 1`;

/**
 * Checks what the target's tables are made of: that it is in force, and that all of it is there which was
 * there when the transfer began. What was added since is nobody's loss and passes.
 *
 * @param toBeValidated oids of constraints that may wait for it
 */
export async function verifyStructure(
  client: Client,
  plan: TransferPlan,
  toBeValidated: readonly string[] = [],
): Promise<StructureVerdict> {
  const names = plan.tables.map(({ target }) => quoteQualified(target));
  const { rows } = await client.query<{ what: string }>(WITHOUT_EFFECT, [names, toBeValidated]);
  const changes = await structureChanges(client);
  return {
    unfit: [...rows.map((row) => row.what), ...(changes ?? [])],
    recorded: changes !== undefined,
  };
}

/** What is missing or changed since the latest transfer began; undefined when none is recorded. */
export async function structureChanges(client: Client): Promise<string[] | undefined> {
  const recorded = await readRecordedStructure(client);
  if (recorded === undefined) return undefined;
  const tables = recorded
    .filter((item) => item.kind === 'table')
    .map((item) => ({ schema: item.schema, name: item.table }));
  const present = new Map((await readStructure(client, tables)).map((item) => [identity(item), item]));
  const isGone = (item: StructureItem) => !present.has(identity(item));
  const goneTables = new Set(recorded.filter((item) => item.kind === 'table' && isGone(item)).map(tableOf));
  return recorded.flatMap((item) => {
    // A table that is gone is one fault, not one for each of its columns.
    if (goneTables.has(tableOf(item)) && item.kind !== 'table') return [];
    const now = present.get(identity(item));
    if (now === undefined) return [`${describe(item)} is missing`];
    if (now.definition === item.definition) return [];
    return [`${describe(item)} is ${now.definition}, but was ${item.definition}`];
  });
}

function identity({ schema, table, kind, name }: StructureItem): string {
  return JSON.stringify([schema, table, kind, name]);
}

function tableOf({ schema, table }: StructureItem): string {
  return quoteQualified({ schema, name: table });
}

function describe({ kind, table, name }: StructureItem): string {
  if (kind === 'table') return `table ${table}`;
  if (kind === 'sequence') return `the sequence of column ${name} of ${table}`;
  return kind === 'column' ? `column ${name} of ${table}` : `${kind} ${name} on ${table}`;
}
