/** A name as SQL takes it, whatever is in it. */
export function quote(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function quoteTable({ schema, table }: { schema: string; table: string }): string {
  return `${quote(schema)}.${quote(table)}`;
}
