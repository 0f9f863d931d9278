/** How many items share a label, in the order in which the labels first appear. */
export function tally<Item>(
  items: readonly Item[],
  label: (item: Item) => readonly string[],
): { readonly label: readonly string[]; readonly count: number }[] {
  const counts = new Map<string, { label: readonly string[]; count: number }>();
  for (const item of items) {
    const parts = label(item);
    const key = JSON.stringify(parts);
    const entry = counts.get(key);
    if (entry) entry.count++;
    else counts.set(key, { label: parts, count: 1 });
  }
  return [...counts.values()];
}
