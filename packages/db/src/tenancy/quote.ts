import type { Model } from './models.ts';

/** A name as SQL takes it, whatever is in it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteTable({ schema, table }: Pick<Model, 'schema' | 'table'>): string {
  return `${quote(schema)}.${quote(table)}`;
}
