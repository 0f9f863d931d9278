import type { CatalogEntry } from '@vatevo/connection/catalog';

const HEADER = `-- What a fresh deploy of the migrations in this folder makes, read back from the
-- database's own catalog. Written by \`pnpm db:migrate\`; \`pnpm db:check\` compares.
`;

/**
 * A catalog as text that compares well in a review: one object a line, further
 * lines of a definition indented.
 */
export function formatCatalog(entries: readonly CatalogEntry[]): string {
  let text = HEADER;
  let kind = '';
  for (const entry of entries) {
    if (entry.kind !== kind) text += '\n';
    kind = entry.kind;
    text += `${formatEntry(entry)}\n`;
  }
  return text;
}

/** The entries of a text that {@link formatCatalog} wrote. */
export function parseCatalog(text: string): CatalogEntry[] {
  const entries: CatalogEntry[] = [];
  for (const block of text.split(/\n(?! {4})/)) {
    const match = /^([a-z ]+) \| (.*?)(?: :: (.*))?$/s.exec(block);
    if (!match) continue;
    const [, kind = '', name = '', definition = ''] = match;
    entries.push({ kind, name, definition: definition.replaceAll('\n    ', '\n') });
  }
  return entries;
}

function formatEntry({ kind, name, definition }: CatalogEntry): string {
  const rest = definition === '' ? '' : ` :: ${definition.trimEnd().replaceAll('\n', '\n    ')}`;
  return `${kind} | ${name}${rest}`;
}
