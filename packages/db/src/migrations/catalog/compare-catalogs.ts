import type { CatalogEntry } from '@vatevo/connection/catalog';

/**
 * What is compared, and whether an object too many counts, too. It does where it changes what our tables are or
 * who sees their rows. A function, view or type beside ours does nothing by itself.
 */
const KINDS: ReadonlyMap<string, { readonly unknown: boolean }> = new Map([
  ['enum', { unknown: false }],
  ['domain', { unknown: false }],
  ['sequence', { unknown: false }],
  ['table', { unknown: true }],
  ['column', { unknown: true }],
  ['constraint', { unknown: true }],
  ['index', { unknown: true }],
  ['statistics', { unknown: false }],
  ['policy', { unknown: true }],
  ['trigger', { unknown: true }],
  ['rule', { unknown: true }],
  ['view', { unknown: false }],
  ['function', { unknown: false }],
]);

/** Schemas whose functions come as triggers to our tables for a time: those of a cutover, which takes them away. */
const PASSING_TRIGGER = /EXECUTE FUNCTION vatevo_(cutover|transfer)\./;

/**
 * What differs between the recorded catalog of a PostgreSQL database and a present one, a line for each
 * difference. Both hold what the server prints, which is the same on versions 13 to 18 for all but views: of
 * these only the names are compared. Storage parameters are for operators to tune, grants for administrators to
 * give, and neither is looked at.
 */
export function compareCatalogs(
  recorded: readonly CatalogEntry[],
  present: readonly CatalogEntry[],
): readonly string[] {
  const before = byName(recorded);
  const now = byName(present);
  const lines: string[] = [];
  for (const [name, entry] of before) {
    const found = now.get(name);
    if (found === undefined) lines.push(`[-] Missing ${name}`);
    else if (comparable(found) !== comparable(entry))
      lines.push(`[*] Changed ${name}${difference(found, entry)}`);
  }
  const tables = new Set(recorded.filter(({ kind }) => kind === 'table').map(({ name }) => name));
  for (const [name, entry] of now) {
    if (!before.has(name) && isOurMatter(entry, tables)) lines.push(`[+] Unknown ${name}${shown(entry)}`);
  }
  return lines;
}

function byName(catalog: readonly CatalogEntry[]): Map<string, CatalogEntry> {
  return new Map(
    catalog.filter(({ kind }) => KINDS.has(kind)).map((entry) => [`${entry.kind} ${entry.name}`, entry]),
  );
}

function comparable({ kind, definition }: CatalogEntry): string {
  if (kind === 'view') return '';
  if (kind !== 'table' && kind !== 'index') return definition.trimEnd();
  return definition.replace(/ ?\bWITH \([^)]*\)/, '');
}

/** A table of its own in our schema, or a part of one of our tables. */
function isOurMatter({ kind, name, definition }: CatalogEntry, tables: ReadonlySet<string>): boolean {
  if (!KINDS.get(kind)?.unknown) return false;
  if (kind === 'trigger' && PASSING_TRIGGER.test(definition)) return false;
  const [first, second, third] = name.match(/"(?:[^"]|"")*"|[^."]+/g) ?? [];
  // What lies in another schema has a part more, for its name.
  if (kind === 'table') return second === undefined;
  return third === undefined && tables.has(first ?? '');
}

/** What is not compared is not shown. */
function difference(found: CatalogEntry, recorded: CatalogEntry): string {
  if (found.definition.includes('\n') || recorded.definition.includes('\n')) return '';
  return `: ${comparable(found) || 'plain'} instead of ${comparable(recorded) || 'plain'}`;
}

function shown({ definition }: CatalogEntry): string {
  return definition === '' || definition.includes('\n') ? '' : `: ${definition}`;
}
