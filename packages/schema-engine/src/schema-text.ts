import wasm from '@prisma/prisma-schema-wasm';

/** One file of a Prisma schema: its path below the schema's folder, and its text. */
export type SchemaFile = readonly [path: string, text: string];

/** A schema in one text, or in several files. */
export type SchemaText = string | readonly SchemaFile[];

/** Prisma cannot read the schema. */
export class SchemaTextError extends Error {
  override readonly name = 'SchemaTextError';
  /** Why, in Prisma's words. */
  readonly said: string;

  constructor(said: string, options?: ErrorOptions) {
    super(`Prisma cannot read the schema: ${said.replace(/^error: /, '')}`, options);
    this.said = said;
  }
}

/** What Prisma's own parser makes of the models. @throws SchemaTextError */
export function readDmmf<Datamodel>(schema: SchemaText): Datamodel {
  return ask<{ datamodel: Datamodel }>(wasm.get_dmmf, schema).datamodel;
}

/** What it makes of datasources and generators. @throws SchemaTextError */
export function readConfig<Config>(schema: SchemaText): Config {
  return ask(wasm.get_config, schema);
}

/** The files as Prisma's formatter lays them out. */
export function formatted(files: readonly SchemaFile[]): SchemaFile[] {
  const options = { textDocument: { uri: 'file:/' }, options: { tabSize: 2, insertSpaces: true } };
  return JSON.parse(wasm.format(JSON.stringify(files), JSON.stringify(options))) as SchemaFile[];
}

/** With what is ignored as well. Comments stay; a text that holds `@ignore` is not worth a parser of our own. */
export function withoutIgnore(text: string): string {
  return text
    .split('\n')
    .map((line) => (/^\s*\/\//.test(line) ? line : line.replace(/(^|\s)@@?ignore\b/g, '$1')))
    .join('\n');
}

function ask<Answer>(question: (params: string) => string, schema: SchemaText): Answer {
  try {
    return JSON.parse(question(JSON.stringify({ prismaSchema: schema, noColor: true }))) as Answer;
  } catch (error) {
    throw new SchemaTextError(messageOf(error), { cause: error });
  }
}

function messageOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  try {
    return (JSON.parse(text) as { message: string }).message;
  } catch {
    return text;
  }
}
