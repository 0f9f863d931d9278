import { isDeepStrictEqual } from 'node:util';
import { formatted, type SchemaFile } from '@vatevo/schema-engine/schema-text';
import { CommandError, ExitCode } from '@vatevo/shell';
import { attributeOf, type NativeType } from './native-types.ts';
import { columnFields, type Datamodel, type Field, readDatamodel, readDatasource } from './parser.ts';

/** The current time as SQLite computes it, without space and brackets: what Prisma calls `now()`. */
const NOW = [
  /^CURRENT_TIMESTAMP$/i,
  /^datetime'now'(,'subsec')?$/i,
  /^strftime'%Y-%m-%dT?%H:%M:%[Sf](000)?(Z|\+00:00)?','now'$/,
  /^unixepoch('now'|'subsec'|'now','subsec')?\*1000$/i,
  /^strftime'%s','now'\*1000$/i,
];

/** A default in SQLite's words, for which nobody knows PostgreSQL's. */
export interface OpenDefault {
  readonly model: string;
  readonly field: string;
  readonly expression: string;
}

/**
 * Derives the PostgreSQL schema: the provider, the URL where it is a file's, the native types that are needed, and defaults
 * in PostgreSQL's words. Everything else stays as it is written.
 *
 * Where something stands in the text is guessed, line by line, and Prisma's own parser says whether the guess was right:
 * the schema must differ in what was to change, and in nothing else.
 */
export function derivePostgres(
  files: readonly SchemaFile[],
  natives: readonly NativeType[],
): readonly SchemaFile[] {
  let derived = withProvider(files);
  for (const { model, field, type, native } of natives) {
    derived = editField(
      derived,
      { model, field, change: (one) => ({ ...one, nativeType: native }) },
      (line) =>
        line.replace(new RegExp(`^(\\s*${field}\\s+${type}\\??)(?=\\s|$)`), `$1 ${attributeOf(native)}`),
    );
  }
  for (const { model, field, type, expression } of generatedDefaults(readDatamodel(derived))) {
    if (type !== 'DateTime' || !isNow(expression)) continue;
    const change = (one: Field) => ({ ...one, default: { name: 'now', args: [] } });
    derived = editField(derived, { model, field, change }, (line) =>
      line.replace(/dbgenerated\("(?:[^"\\]|\\.)*"\)/, 'now()'),
    );
  }
  return laidOutAlike(files, derived);
}

/** Defaults that PostgreSQL's schema still has in SQLite's words. */
export function openDefaults(
  sqlite: readonly SchemaFile[],
  postgres: readonly SchemaFile[],
): readonly OpenDefault[] {
  const theirs = generatedDefaults(readDatamodel(postgres));
  return generatedDefaults(readDatamodel(sqlite)).filter(({ model, field, expression }) =>
    theirs.some((one) => one.model === model && one.field === field && one.expression === expression),
  );
}

function isNow(expression: string): boolean {
  const bare = expression.replaceAll(/[\s()]/g, '');
  return NOW.some((pattern) => pattern.test(bare));
}

/** Where the files were laid out by Prisma's formatter, they still are. */
function laidOutAlike(before: readonly SchemaFile[], after: readonly SchemaFile[]): readonly SchemaFile[] {
  const wasFormatted = formatted(before);
  const isFormatted = formatted(after);
  return after.map(([path, text], i) =>
    wasFormatted[i]?.[1] === before[i]?.[1] ? [path, isFormatted[i]?.[1] ?? text] : [path, text],
  );
}

/** The variable that the URL is taken from, where a schema says one. */
export function urlVariable(files: readonly SchemaFile[]): string | undefined {
  const line = linesOfUrl(files)[0]?.text;
  return line === undefined ? undefined : (/env\(\s*"([^"]+)"\s*\)/.exec(line)?.[1] ?? 'DATABASE_URL');
}

function linesOfUrl(files: readonly SchemaFile[]) {
  const urls = readDatasource(files)?.urls ?? [];
  return urls
    .filter(({ property }) => property === 'url')
    .map((url) => {
      const text = files.find(([path]) => path === url.file)?.[1].split('\n')[url.line] ?? '';
      return { ...url, text };
    });
}

function withProvider(files: readonly SchemaFile[]): SchemaFile[] {
  const [url] = linesOfUrl(files);
  const moved = files.map(([path, text]): SchemaFile => {
    if (url === undefined || url.file !== path || /\benv\(/.test(url.text)) return [path, text];
    const lines = text.split('\n');
    lines[url.line] = url.text.replace(/(url\s*=\s*)"(?:[^"\\]|\\.)*"/, '$1env("DATABASE_URL")');
    return [path, lines.join('\n')];
  });
  const file = readDatasource(files)?.file;
  const found = firstEdit(
    moved,
    (line, path) => (path === file ? line.replace(/^(\s*provider\s*=\s*)"sqlite"/, '$1"postgresql"') : line),
    (edited) => readDatasource(edited)?.provider === 'postgresql',
  );
  if (found === undefined) throw cannotEdit('provider of its datasource', 'make it "postgresql"');
  return found;
}

interface FieldEdit {
  readonly model: string;
  readonly field: string;
  readonly change: (field: Field) => Field;
}

function editField(
  files: readonly SchemaFile[],
  { model, field, change }: FieldEdit,
  edit: (line: string) => string,
): SchemaFile[] {
  const before = readDatamodel(files);
  const expected: Datamodel = {
    ...before,
    models: before.models.map((one) =>
      one.name === model
        ? { ...one, fields: one.fields.map((own) => (own.name === field ? change(own) : own)) }
        : one,
    ),
  };
  const found = firstEdit(files, edit, (edited) => isDeepStrictEqual(readDatamodel(edited), expected));
  if (found === undefined) throw cannotEdit(`line of ${model}.${field}`, 'change it by hand');
  return found;
}

/** The first line whose edit does what it should. */
function firstEdit(
  files: readonly SchemaFile[],
  edit: (line: string, path: string) => string,
  isRight: (edited: readonly SchemaFile[]) => boolean,
): SchemaFile[] | undefined {
  for (const [f, [path, text]] of files.entries()) {
    const lines = text.split('\n');
    for (const [l, line] of lines.entries()) {
      const changed = edit(line, path);
      if (changed === line) continue;
      const edited: SchemaFile[] = files.with(f, [path, lines.with(l, changed).join('\n')]);
      if (isTrue(() => isRight(edited))) return edited;
    }
  }
  return undefined;
}

/** A guess that is no schema any more is wrong. */
function isTrue(claim: () => boolean): boolean {
  try {
    return claim();
  } catch {
    return false;
  }
}

function cannotEdit(what: string, todo: string): CommandError {
  return new CommandError(ExitCode.usage, `The ${what} cannot be found in the text of the schema: ${todo}.`);
}

interface GeneratedDefault {
  readonly model: string;
  readonly field: string;
  readonly type: string;
  readonly expression: string;
}

/** Defaults that the database computes, in its own words. */
function generatedDefaults({ models }: Datamodel): GeneratedDefault[] {
  return models.flatMap((model) =>
    columnFields(model).flatMap(({ name, type, default: value }) => {
      const { name: what, args } = (value ?? {}) as { name?: string; args?: readonly unknown[] };
      const [expression] = args ?? [];
      return what === 'dbgenerated' && typeof expression === 'string'
        ? [{ model: model.name, field: name, type, expression }]
        : [];
    }),
  );
}
