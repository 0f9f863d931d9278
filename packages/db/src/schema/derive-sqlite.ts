/** The current time in the one text form that date-times have in our SQLite files. */
const SQLITE_NOW = `(strftime('%Y-%m-%dT%H:%M:%f000Z','now'))`;

/** What is said of tenants and rights: src/tenancy/annotations.ts. */
const ANNOTATION = /^\s*\/\/\/\s*@(tenants?|grant|exempt|kept)\b/;

const HEADER = `// Derived from ../postgres/schema.prisma by src/schema/derive-sqlite.ts: do not
// edit. \`pnpm --filter ./packages/db derive\` writes it anew.
//
// Two things that Prisma writes into a SQLite migration have to be put right
// there (src/schema/correct-sqlite-ddl.ts does it): DECIMAL, and the default of
// a date-time.
`;

/**
 * Derives the SQLite schema from the PostgreSQL one, so that there is one
 * source of models and the two generated clients have the same types.
 *
 * 1. Comments (`//`) go, since they explain PostgreSQL, and so do annotations (`/// @grant …`), which are for its
 *    roles; other documentation (`///`) stays.
 * 2. The provider and the client's output folder are swapped.
 * 3. Native types (`@db.…`) go: SQLite has none.
 * 4. `@@id([tenantId, id])` that holds a counted id becomes `id @id` + `@@unique([tenantId, id])`.
 *    SQLite can count up only a primary key of one column; the unique key gives
 *    the same typed lookup, `where: { tenantId_id: … }`.
 * 5. `now()` becomes the expression that writes our text form of a date-time:
 *    SQLite's CURRENT_TIMESTAMP writes another one, which sorts differently.
 *
 * Pure text in, text out. Throws when the schema holds something it has no rule
 * for, rather than derive a schema that means something else.
 *
 * @example
 * writeFileSync('prisma/sqlite/schema.prisma', deriveSqliteSchema(readFileSync('prisma/postgres/schema.prisma', 'utf8')));
 */
export function deriveSqliteSchema(postgresSchema: string): string {
  const lines = postgresSchema
    .split('\n')
    .filter((line) => !/^\s*\/\/(?!\/)/.test(line) && !ANNOTATION.test(line))
    .map((line) => line.replace(/\s+\/\/(?!\/).*$/, ''));
  const schema = deriveModels(lines)
    .join('\n')
    .replace(/"postgresql"/, '"sqlite"')
    .replace(/generated\/postgres"/, 'generated/sqlite"')
    .replaceAll(/ +@db\.\w+(\([^)]*\))?/g, '')
    .replaceAll('@default(now())', `@default(dbgenerated("${SQLITE_NOW}"))`)
    .replaceAll(/\n{3,}/g, '\n\n')
    .trim();
  return `${HEADER}\n${schema}\n`;
}

/** Rule 4, model by model. */
function deriveModels(lines: readonly string[]): string[] {
  const derived: string[] = [];
  for (let start = 0; start < lines.length; start++) {
    const line = lines[start] as string;
    if (!/^model\s/.test(line)) {
      derived.push(line);
      continue;
    }
    const end = lines.indexOf('}', start);
    if (end < 0) throw new Error(`cannot derive the SQLite schema: "${line}" is never closed`);
    derived.push(...withSingleColumnKey(lines.slice(start, end + 1)));
    start = end;
  }
  return derived;
}

function withSingleColumnKey(model: readonly string[]): readonly string[] {
  const composite = model.find((line) => /^\s*@@id\(/.test(line));
  // A key that is not counted up can be of several columns in SQLite as well.
  if (composite === undefined || !model.some((line) => line.includes('autoincrement()'))) return model;
  const counted = model.find((line) => line.includes('autoincrement()'));
  const [, field = ''] = /^\s+(\w+)\s+(?:Int|BigInt)\s/.exec(counted ?? '') ?? [];
  const [, fields = ''] = /^\s*@@id\(\[([^\]]*)\]\)$/.exec(composite) ?? [];
  if (!fields.split(/\s*,\s*/).includes(field)) {
    throw new Error(
      `cannot derive the SQLite schema: no rule for "${composite.trim()}" in "${model[0]}", only for @@id([tenant, counted id])`,
    );
  }
  return model.map((line) => {
    if (line === composite) return line.replace('@@id', '@@unique');
    if (line === counted) return line.replace(/^(\s+\w+\s+\w+\s+)/, '$1@id ');
    return line;
  });
}
