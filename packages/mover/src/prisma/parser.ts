import { readConfig, readDmmf, type SchemaFile, withoutIgnore } from '@vatevo/schema-engine/schema-text';

/** A field of a model that is a column of its table, or a relation. */
export interface Field {
  readonly name: string;
  readonly dbName?: string | null;
  readonly kind: 'scalar' | 'enum' | 'object' | 'unsupported';
  /** `Int`, `DateTime` …, or the name of an enum or a model. */
  readonly type: string;
  readonly isList: boolean;
  readonly nativeType?: readonly [name: string, args: readonly string[]] | null;
  readonly default?: unknown;
}

export interface Model {
  readonly name: string;
  readonly dbName: string | null;
  readonly fields: readonly Field[];
}

/** What Prisma's parser makes of a schema. */
export interface Datamodel {
  readonly models: readonly Model[];
}

/** A line that Prisma 7 no longer takes, such as `url = env("DATABASE_URL")`. */
interface UrlLine {
  readonly property: string;
  readonly file: string;
  /** Counted from 0. */
  readonly line: number;
}

export interface Datasource {
  readonly provider: string;
  /** The path of the file that it is in. */
  readonly file: string;
  /** Where its URLs are, which schemas of Prisma 6 and before have. */
  readonly urls: readonly UrlLine[];
}

interface Config {
  readonly config: {
    readonly datasources: readonly { readonly activeProvider: string; readonly sourceFilePath: string }[];
  };
  readonly errors: readonly { readonly message: string }[];
}

/** The datasource of a schema; undefined when it has none. @throws SchemaTextError */
export function readDatasource(files: readonly SchemaFile[]): Datasource | undefined {
  const { config, errors } = readConfig<Config>(files);
  const [first] = config.datasources;
  return (
    first && { provider: first.activeProvider, file: first.sourceFilePath, urls: errors.flatMap(urlLine) }
  );
}

function urlLine({ message }: Config['errors'][number]): UrlLine[] {
  const [, property] = /datasource property `(\w+)` is no longer supported/.exec(message) ?? [];
  const [, file, line] = /-->\s+(.+):(\d+)\s*$/m.exec(message) ?? [];
  return property === undefined || file === undefined ? [] : [{ property, file, line: Number(line) - 1 }];
}

/** The same files as a parser of Prisma 7 takes them: without the URLs, with their lines where they were. */
export function withoutUrls(files: readonly SchemaFile[]): SchemaFile[] {
  const urls = readDatasource(files)?.urls ?? [];
  return files.map(([path, text]) => {
    const gone = urls.filter(({ file }) => file === path).map(({ line }) => line);
    const lines = text.split('\n').map((line, i) => (gone.includes(i) ? '' : line));
    return [path, lines.join('\n')];
  });
}

/**
 * Reads the models of a schema, those and the fields with `@ignore` included where that can be: they are in the database.
 *
 * @throws SchemaTextError
 */
export function readDatamodel(files: readonly SchemaFile[]): Datamodel {
  const plain = withoutUrls(files);
  const used = readDmmf<Datamodel>(plain);
  const all = plain.map(([path, text]): SchemaFile => [path, withoutIgnore(text)]);
  try {
    return readDmmf<Datamodel>(all);
  } catch {
    // What is ignored because it has no key cannot be read otherwise.
    return used;
  }
}

export function tableOf({ name, dbName }: Model): string {
  return dbName ?? name;
}

export function columnOf({ name, dbName }: Field): string {
  return dbName ?? name;
}

/** The fields of a model that are columns of its table. */
export function columnFields({ fields }: Model): Field[] {
  return fields.filter(({ kind }) => kind !== 'object');
}
