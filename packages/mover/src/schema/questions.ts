import { type RefusalGroup, saysSecret } from '@vatevo/transfer';
import type { DesignedSchema } from './design-schema.ts';

/** What can be decided on values that no type takes as they are: by the reason why they are refused. */
const DECISIONS: readonly (readonly [RegExp, string])[] = [
  [/NUL character/, '"nul": "strip"'],
  [/^(integer|real) value in .*with no policy/, '"numbers": "epoch-milliseconds" (or what they count)'],
  [/^(integer|real) value in a (text|character)/, '"numbers": "text"'],
  [/^blob value in a text/, '"blobs": "text"'],
  [/^text value in a bytea/, '"texts": "bytes"'],
  [/^blob value in a json/, '"blobs": "binary-json"'],
];

/** One line on what is refused, and on what can be decided of it. */
function hint({ table, column, reason, count, examples }: RefusalGroup): string {
  const [first] = examples;
  const decision = DECISIONS.find(([pattern]) => pattern.test(reason))?.[1];
  const what =
    decision === undefined
      ? 'mend it in the source, or leave its row or column behind'
      : `decide in the mapping: "${table}.${column}": {${decision}}`;
  const example = saysSecret(column) ? `${first?.key}` : `${first?.key}: ${first?.value}`;
  return `${table}.${column}: ${reason}: ${count} values, such as ${example}: ${what}`;
}

/** What a transfer into these tables would refuse, each with what can be done. */
export function questions({ inspection, virtualTables }: DesignedSchema): string[] {
  return [
    ...inspection.refusalGroups.map(hint),
    ...virtualTables.map(
      (name) => `${name} is a virtual table, whose rows stay in the file: say so with --leave-behind ${name}`,
    ),
  ];
}
