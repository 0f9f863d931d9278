import type { Node } from 'libpg-query';
import { textOf } from './names.ts';

/** Every node of a tree, the root first. */
export function* nodesIn(root: unknown): Generator<Record<string, unknown>> {
  if (Array.isArray(root)) {
    for (const item of root) yield* nodesIn(item);
  } else if (root !== null && typeof root === 'object') {
    yield root as Record<string, unknown>;
    for (const value of Object.values(root)) yield* nodesIn(value);
  }
}

/** The column that an expression is, if it is nothing else. */
export function columnOf(node: Node | undefined): string | undefined {
  return node && 'ColumnRef' in node ? textOf(node.ColumnRef.fields?.at(-1)) : undefined;
}

/** The columns that an expression names, each once. */
export function columnsIn(root: Node | readonly Node[] | undefined): string[] {
  const names = [...nodesIn(root)].flatMap((node) =>
    'ColumnRef' in node ? (columnOf(node as Node) ?? []) : [],
  );
  return [...new Set(names)];
}

/** What must all be true for an expression to be true. */
export function conjuncts(node: Node | undefined): Node[] {
  if (!node) return [];
  if ('BoolExpr' in node && node.BoolExpr.boolop === 'AND_EXPR')
    return (node.BoolExpr.args ?? []).flatMap(conjuncts);
  return [node];
}

/** The columns that cannot be NULL where a CHECK holds, as PostgreSQL proves it for SET NOT NULL. */
export function provenNotNull(check: Node | undefined): string[] {
  return conjuncts(check).flatMap((node) =>
    'NullTest' in node && node.NullTest.nulltesttype === 'IS_NOT_NULL'
      ? (columnOf(node.NullTest.arg) ?? [])
      : [],
  );
}
