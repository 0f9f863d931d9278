import type { DeleteStmt, MergeStmt, Node, RangeVar, UpdateStmt } from 'libpg-query';
import type { Rule } from '../rule.ts';
import { columnOf, conjuncts, nodesIn } from '../schema/expression.ts';
import { quoteRelation } from '../schema/names.ts';
import type { Schema } from '../schema/schema.ts';

export const unboundedWrite: Rule = {
  name: 'unbounded-write',
  check({ node }, { schema }) {
    return writesIn(node).flatMap(({ verb, table, where }) => {
      if (schema.isNewTable(table) || isBounded(where, table, schema)) return [];
      const relation = quoteRelation(table);
      return [
        {
          what: `${verb} an unknown number of rows of ${relation} at once`,
          effect:
            'Every row that it touches stays locked until the migration ends, others that write it wait, and the space of old versions is doubled.',
          safe: [
            'Do it in batches outside the migration, each committed by itself (docs/migrations.md, "Backfill"), or name the rows by their key:',
            `UPDATE ${relation} SET … WHERE id IN (SELECT id FROM ${relation} WHERE … ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED);`,
          ] as const,
        },
      ];
    });
  },
};

interface Write {
  readonly verb: string;
  readonly table: RangeVar | undefined;
  readonly where: Node | undefined;
}

/** Also those inside WITH; not those that a function or a rule is made of, which run later if at all. */
function writesIn(root: Node): Write[] {
  if ('CreateFunctionStmt' in root || 'RuleStmt' in root) return [];
  return [...nodesIn(root)].flatMap((node): Write[] => {
    const {
      UpdateStmt: update,
      DeleteStmt: remove,
      MergeStmt: merge,
    } = node as {
      UpdateStmt?: UpdateStmt;
      DeleteStmt?: DeleteStmt;
      MergeStmt?: MergeStmt;
    };
    if (update) return [{ verb: 'updates', table: update.relation, where: update.whereClause }];
    if (remove) return [{ verb: 'deletes', table: remove.relation, where: remove.whereClause }];
    if (merge) return [{ verb: 'merges into', table: merge.relation, where: undefined }];
    return [];
  });
}

/** True when a condition holds for a few rows only: those of a LIMIT, or of keys that it names. */
function isBounded(where: Node | undefined, table: RangeVar | undefined, schema: Schema): boolean {
  const conditions = conjuncts(where);
  const limited = conditions.some((condition) =>
    [...nodesIn(condition)].some((node) => (node as { limitCount?: unknown }).limitCount !== undefined),
  );
  const named = new Set(conditions.flatMap((condition) => columnNamed(condition) ?? []));
  return limited || schema.keysOf(table).some((key) => key.every((column) => named.has(column)));
}

/** The column of `column = constant` or `column IN (constants)`. */
function columnNamed(condition: Node): string | undefined {
  if (!('A_Expr' in condition)) return undefined;
  const { kind, name = [], lexpr, rexpr } = condition.A_Expr;
  const operator = name.map((part) => ('String' in part ? part.String.sval : '')).join('.');
  const isEqual = operator === '=' && ['AEXPR_OP', 'AEXPR_IN', 'AEXPR_OP_ANY'].includes(kind ?? '');
  if (!isEqual || !rexpr) return undefined;
  const isConstant = ![...nodesIn(rexpr)].some((node) => 'ColumnRef' in node || 'SubLink' in node);
  return isConstant ? columnOf(lexpr) : undefined;
}

export const truncate: Rule = {
  name: 'truncate',
  check({ node }, { schema }) {
    if (!('TruncateStmt' in node)) return [];
    return schema.oldNames(node.TruncateStmt.relations).map((name) => ({
      what: `empties ${name}`,
      effect: `Takes an ACCESS EXCLUSIVE lock on ${name}, and all of its rows are gone, in every environment that is migrated.`,
      safe: ['Delete in batches outside the migration what is to go:', `DELETE FROM ${name} WHERE … ;`],
    }));
  },
};
