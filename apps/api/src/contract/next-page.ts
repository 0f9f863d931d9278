/** How many a page holds, and what was asked for beside. */
interface Page {
  readonly limit: number;
  readonly filter: Readonly<Record<string, string | undefined>>;
}

/** The `Link` header of a page that others come behind: the next one, by the id of the last entry on this one. */
export function nextPage(path: string, { limit, filter }: Page, lastId: number): string {
  const query = new URLSearchParams({ limit: String(limit), after: String(lastId) });
  for (const [name, value] of Object.entries(filter)) if (value !== undefined) query.set(name, value);
  return `<${path}?${query}>; rel="next"`;
}
