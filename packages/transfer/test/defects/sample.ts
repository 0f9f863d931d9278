export const LONG = process.env.VATEVO_TEST_LONG === '1';

/** Some of them, and one of each kind at least; all of them in the long suites. @param every which one is tried */
export function sampled<Item>(
  all: readonly Item[],
  kindOf: (item: Item) => unknown = () => '',
  every = 9,
): Item[] {
  const kinds = new Set<unknown>();
  return all.filter((item, i) => {
    const isFirst = !kinds.has(kindOf(item));
    kinds.add(kindOf(item));
    return LONG || isFirst || i % every === 0;
  });
}
