import { type RefusalGroup, saysSecret, type TransferMapping } from '@vatevo/transfer';
import { namingColumn } from '@vatevo/transfer/plan';
import type { DesignedSchema } from './design-schema.ts';

const NUL = '"nul": "strip"';
/** What can be decided on values that no type takes as they are: by the reason why they are refused. */
const DECISIONS: readonly (readonly [RegExp, decision: string, more?: string])[] = [
  [/NUL character/, NUL],
  [/^(integer|real) value in .*with no policy/, '"numbers": "epoch-milliseconds"', ' (or what they count)'],
  [/^(integer|real) value in a (text|character)/, '"numbers": "text"'],
  [/^blob value in a text/, '"blobs": "text"'],
  [/^text value in a bytea/, '"texts": "bytes"'],
  [/^blob value in a json/, '"blobs": "binary-json"'],
];
/** Of texts where times or days are wanted. */
const EMPTY = /^\s*$|^0000-00-00/;

/** One line on what is refused, and on what can be decided of it. */
function hint({ table, column, reason, count, examples }: RefusalGroup, mapping: TransferMapping): string {
  const [first] = examples;
  const place = `${table}.${column}`;
  const isEmpty = /^not a/.test(reason) && examples.some(({ value }) => EMPTY.test(value));
  const [, found, more = ''] = isEmpty
    ? [undefined, '"empty": "null"', ' for those that are empty']
    : (DECISIONS.find(([pattern]) => pattern.test(reason)) ?? []);
  // What is stripped is stripped of texts.
  const isOfBytes = found === NUL && examples.every(({ value }) => value.startsWith("x'"));
  const what =
    found === undefined || isOfBytes || isDecided(mapping, place, found)
      ? 'fix it in the source, or leave its row or column behind'
      : `decide in the mapping: "${place}": {${found}}${more}`;
  const example = saysSecret(column) ? `${first?.key}` : `${first?.key}: ${first?.value}`;
  return `${place}: ${reason}: ${count} values, such as ${example}: ${what}`;
}

/** What was decided and did not help is not said again. */
function isDecided({ decisions }: TransferMapping, place: string, decision: string): boolean {
  return Object.entries(decisions?.columns ?? {}).some(
    ([pattern, made]) =>
      namingColumn([pattern], place).length > 0 && JSON.stringify(made).includes(decision.replace(': ', ':')),
  );
}

/** What a transfer into these tables would refuse, each with what can be done. */
export function questions({ inspection, mapping, virtualTables }: DesignedSchema): string[] {
  return [
    ...inspection.refusalGroups.map((group) => hint(group, mapping)),
    ...virtualTables.map(
      (name) => `${name} is a virtual table, whose rows stay in the file: say so with --leave-behind ${name}`,
    ),
  ];
}
