import type { Forms, Restore } from '../restore/types.ts';

const INTEGERS = '0/1';
const OF_INTEGER = [INTEGERS] as const;

const WORDS: readonly (readonly [no: string, yes: string])[] = [
  ['false', 'true'],
  ['f', 't'],
  ['no', 'yes'],
  ['n', 'y'],
  ['off', 'on'],
];
const CASES: readonly ((word: string) => string)[] = [
  (word) => word,
  (word) => word.toUpperCase(),
  (word) => word.slice(0, 1).toUpperCase() + word.slice(1),
];

/** By their names, as `false/true`: the two words. */
const PAIRS: ReadonlyMap<string, readonly [no: string, yes: string]> = new Map(
  WORDS.flatMap(([no, yes]) =>
    CASES.map((inCase) => [`${inCase(no)}/${inCase(yes)}`, [inCase(no), inCase(yes)]] as const),
  ),
);
const BY_WORD: ReadonlyMap<string, readonly string[]> = new Map(
  [...PAIRS].flatMap(([name, words]) => words.map((word) => [word, [name]] as const)),
);

const forms: Forms = {
  byClass: false,
  usual: [INTEGERS, 'false/true'],
  of: (stored) => (typeof stored === 'bigint' ? OF_INTEGER : (BY_WORD.get(String(stored)) ?? [])),
  writer: (form) => {
    if (form === INTEGERS) return { store: BigInt };
    const words = PAIRS.get(form);
    return words && { store: (printed) => words[printed === '1' ? 1 : 0] };
  },
};

/** As 0 and 1, or as words. */
export const restoreBoolean: Restore = {
  print: (column) => `${column}::int::text`,
  store: BigInt,
  forms: () => forms,
};
