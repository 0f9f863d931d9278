import type { Canonical, CanonicalColumn, DigestSql, Print } from '../canonical/types.ts';
import type { TargetType } from '../types.ts';

type PrintElement = (column: CanonicalColumn) => Print;

/**
 * Its dimensions, and each element with the length of its printed form before it: the server's own form of an array depends
 * on how each of its types is printed in one.
 */
export function canonicalArray(printElement: PrintElement): Canonical {
  return {
    print: (column) => {
      const { element } = column.type;
      const print = element && printElement({ ...column, type: element });
      return (value) => {
        if (typeof value !== 'string' || print === undefined) return undefined;
        const array = parse(value);
        if (array === undefined) return undefined;
        const parts = (array.flat(Number.POSITIVE_INFINITY) as (number | bigint | string | null)[]).map(
          (item) => {
            if (item === null) return '-1:';
            const printed = print(item) ?? '\0';
            return `${Buffer.byteLength(printed)}:${printed}`;
          },
        );
        return `${array.length === 0 ? '' : dimensions(array)}${parts.join('')}`;
      };
    },
  };
}

function dimensions(array: readonly unknown[]): string {
  const [first] = array;
  return `[1:${array.length}]${Array.isArray(first) ? dimensions(first) : ''}`;
}

/** JSON.parse would round numbers: each is given to it as the text that it is. */
function parse(text: string): unknown[] | undefined {
  const kept = text.replace(/"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/gs, (token) =>
    token.startsWith('"') ? token : `{"number":"${token}"}`,
  );
  try {
    const parsed: unknown = JSON.parse(kept, (_, item: unknown): unknown => {
      if (typeof item === 'boolean') return item ? 1n : 0n;
      const written = typeof item === 'object' && item !== null && 'number' in item ? item.number : undefined;
      if (typeof written !== 'string') return item;
      return /^-?\d+$/.test(written) && written !== '-0' ? BigInt(written) : Number(written);
    });
    return Array.isArray(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

/** @param digestSqlOf how an element is printed */
export function arraySql(digestSqlOf: (type: TargetType) => DigestSql): DigestSql {
  const printed = (value: string, type: TargetType) => {
    const element = type.element as TargetType;
    const item = digestSqlOf(element).printed('one.item', element);
    return `(coalesce(array_dims(${value}), '') || (
      SELECT coalesce(string_agg(CASE WHEN one.item IS NULL THEN '-1:' ELSE octet_length(${item}) || ':' || ${item} END, '' ORDER BY one.place), '')
      FROM unnest(${value}) WITH ORDINALITY AS one (item, place)))`;
  };
  // An array of nothing but NULL is none, and NULL has no elements.
  const orNull = (value: string, type: TargetType) =>
    `CASE WHEN ${value} IS NOT NULL THEN ${printed(value, type)} END`;
  return { printed: orNull, digested: orNull, read: undefined };
}
