import { SchemaEngineError } from '../engine/error.ts';

/** What the comments of a query say of it. */
export interface SqlComments {
  readonly documentation: string | null;
  readonly parameters: readonly SaidParameter[];
}

interface SaidParameter {
  /** 1 for `$1`. */
  readonly number: number;
  readonly name: string | undefined;
  /** In the words of Prisma's engine. */
  readonly type: string | undefined;
  readonly nullable: boolean;
  readonly documentation: string | null;
}

/** `@param {Int} $1:name? what it is`; type, name, question mark and words may be missing. */
const PARAMETER = /^@param(?:\s+\{(\w+)\})?\s+\$(\d{1,5})(?::([A-Za-z_]\w*))?(\?)?(?:\s+(.*))?$/;

/** The types that a comment may name, as Prisma's documentation has them. */
const TYPES: Readonly<Record<string, string>> = {
  Int: 'int',
  BigInt: 'bigint',
  Float: 'float',
  Boolean: 'bool',
  String: 'string',
  DateTime: 'datetime',
  Json: 'json',
  Bytes: 'bytes',
  Decimal: 'decimal',
};

/**
 * Reads the comments (`--`) at the beginning of a query, as Prisma does
 * (https://www.prisma.io/docs/orm/prisma-client/using-raw-sql/typedsql).
 *
 * @throws SchemaEngineError that names a comment which is to describe a parameter and does not
 */
export function readSqlComments(source: string): SqlComments {
  const words: string[] = [];
  const parameters: SaidParameter[] = [];
  for (const line of source.split('\n')) {
    const [, comment] = /^\s*--\s*(.*?)\s*$/.exec(line) ?? [];
    if (comment === undefined) {
      if (line.trim() === '') continue;
      break;
    }
    if (comment.startsWith('@param')) parameters.push(readParameter(comment));
    else words.push(comment.replace(/^@description\s+/, ''));
  }
  const documentation = words.join('\n').trim();
  return { documentation: documentation === '' ? null : documentation, parameters };
}

function readParameter(comment: string): SaidParameter {
  const [match, type, number, name, optional, documentation] = PARAMETER.exec(comment) ?? [];
  if (match === undefined || (type !== undefined && !Object.hasOwn(TYPES, type))) {
    throw new SchemaEngineError(
      `The comment "${comment}" has not the form "@param {Type} $1:name? what it is", with one of the types ${Object.keys(TYPES).join(', ')}.`,
    );
  }
  return {
    number: Number(number),
    name,
    type: type && TYPES[type],
    nullable: optional !== undefined,
    documentation: documentation ?? null,
  };
}
