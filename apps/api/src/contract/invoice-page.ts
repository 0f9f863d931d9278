import type { ListQuery } from './list-query.ts';

/** Bytes of text after which a page of invoices ends: some thousand ordinary ones are less. */
export const MAX_PAGE_BYTES = 4 * 1024 * 1024;

/** The `Link` header of a page that others come behind: the next one, by the id of the last invoice on this one. */
export function nextPage({ limit, status }: ListQuery, lastId: number): string {
  const query = new URLSearchParams({ limit: String(limit), after: String(lastId) });
  if (status !== undefined) query.set('status', status);
  return `</invoices?${query}>; rel="next"`;
}
