// Writes src/generated/sql.ts, a function for each query of prisma/postgres/sql, out of what is recorded in its types.json:
// `prisma generate --sql` would ask a server with all migrations at every build (docs/decisions/026-queries-in-files.md).
import { readdir, readFile, writeFile } from 'node:fs/promises';

const folder = new URL('../prisma/postgres/sql/', import.meta.url);

/** By the names that Prisma's engine has for them; a list of them is `…-array`. What is put in may be more than what comes out. */
const TYPES = {
  int: 'number',
  bigint: { in: 'number | bigint', out: 'bigint' },
  float: 'number',
  double: 'number',
  decimal: { in: 'number | $runtime.Decimal', out: '$runtime.Decimal' },
  bool: 'boolean',
  string: 'string',
  char: 'string',
  uuid: 'string',
  xml: 'string',
  bytes: '$runtime.Bytes',
  json: { in: '$runtime.InputJsonObject', out: '$runtime.JsonValue' },
  date: 'Date',
  time: 'Date',
  datetime: 'Date',
};

/** @param {readonly { name: string, dbName: string | null }[]} enums of the schema */
export async function writeTypedSql(enums) {
  const described = await readDescribed();
  const used = new Set();
  const typeOf = ({ typ, nullable }, direction) => {
    const element = typ.replace(/-array$/, '');
    const known = enums.find(({ name, dbName }) => (dbName ?? name) === element)?.name;
    const type = known === undefined ? TYPES[element] : known;
    if (known !== undefined) used.add(known);
    const text = (typeof type === 'object' ? type[direction] : type) ?? 'unknown';
    const whole = typ === element ? text : `(${text})[]`;
    return nullable ? `${whole} | null` : whole;
  };
  const sources = await readSources();
  const queries = Object.entries(described)
    // One that was removed is told by db:check, which needs a build.
    .filter(([name]) => sources.has(name))
    .map(([name, { documentation, parameters, resultColumns }]) => {
      const said = [
        documentation ?? `The query of prisma/postgres/sql/${name}.sql.`,
        ...parameters.flatMap((each) =>
          each.documentation ? [`@param ${each.name} ${each.documentation}`] : [],
        ),
      ];
      const takes = parameters.map((each) => `${each.name}: ${typeOf(each, 'in')}`).join(', ');
      const gives = resultColumns
        .map((each) => `    ${JSON.stringify(each.name)}: ${typeOf(each, 'out')};\n`)
        .join('');
      return `/**\n${said.map((line) => ` * ${line.replaceAll('*/', '* /')}\n`).join('')} */
export const ${name} = $runtime.makeTypedQueryFactory(${JSON.stringify(withoutComments(sources.get(name)))}) as (${takes}) => $runtime.TypedSql<${name}.Parameters, ${name}.Result>;
export namespace ${name} {
  export type Parameters = [${takes}];
  export type Result = {
${gives}  };
}
`;
    });
  const imports = [
    ...(queries.length > 0 ? [`import * as $runtime from '#prisma/client';`] : []),
    ...(used.size > 0 ? [`import type { ${[...used].sort().join(', ')} } from './postgres/enums.ts';`] : []),
  ];
  const parts = ['// Written by scripts/generate.mjs.', ...imports, '', ...queries, 'export {};', ''];
  const text = parts.join('\n');
  await writeFile(new URL('../src/generated/sql.ts', import.meta.url), text);
}

/** What is recorded of the queries. It may be missing: what records it has to be built first. */
async function readDescribed() {
  const text = await readFile(new URL('types.json', folder), 'utf8').catch(unlessMissing('{}'));
  return JSON.parse(text);
}

const unlessMissing = (otherwise) => (error) => {
  if (error.code === 'ENOENT') return otherwise;
  throw error;
};

/** The statement alone: the comments in front of it are for people, and what a statement is, observers read at its beginning. */
const withoutComments = (source) => source.replace(/^(?:[^\S\n]*(?:--[^\n]*)?\n)+/, '').trim();

/** The queries by their names. */
async function readSources() {
  const files = (await readdir(folder).catch(unlessMissing([]))).filter((file) => file.endsWith('.sql'));
  return new Map(
    await Promise.all(
      files.map(async (file) => [
        file.slice(0, -'.sql'.length),
        await readFile(new URL(file, folder), 'utf8'),
      ]),
    ),
  );
}
