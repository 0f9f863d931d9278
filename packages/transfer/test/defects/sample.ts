const LONG = process.env.VATEVO_TEST_LONG === '1';

/** Every third one, and one of each kind at least; all of them in the long suites. */
export function sampled<Item>(all: readonly Item[], kindOf: (item: Item) => unknown = () => ''): Item[] {
  const kinds = new Set<unknown>();
  return all.filter((item, i) => {
    const isFirst = !kinds.has(kindOf(item));
    kinds.add(kindOf(item));
    return LONG || isFirst || i % 3 === 0;
  });
}
