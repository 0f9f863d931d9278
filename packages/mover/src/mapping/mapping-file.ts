import { NUMERIC_TIMES } from '@vatevo/transfer/column-types/types';
import { z } from 'zod';

const names = z.array(z.string());

const times = z.enum(NUMERIC_TIMES);

/** See ColumnDecision. */
const decision = z
  .strictObject({
    numbers: z.union([times, z.literal('text')]).optional(),
    reals: z.enum(['integers', 'nearest']).optional(),
    fraction: z.enum(['truncate', 'round']).optional(),
    empty: z.literal('null').optional(),
    blobs: z.enum(['text', 'uuid', 'dotnet-uuid', 'binary-json']).optional(),
    texts: z.enum(['bytes', 'since-1970', 'commas']).optional(),
    nul: z.literal('strip').optional(),
    back: z
      .string()
      .describe('The form in which rows come back by a rollback, where the file holds several.')
      .optional(),
    nulls: z
      .enum(['null', 'empty'])
      .describe('What a NULL comes back as, where the file holds both NULLs and empty texts.')
      .optional(),
  })
  .describe('What becomes of values that the column does not take as they are.');

const column = z.strictObject({
  from: z.string().describe("The source's column.").optional(),
  through: z
    .strictObject({ column: z.string(), table: z.string(), key: z.string(), value: z.string() })
    .optional(),
  derive: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('sha256-hex') }),
      z.strictObject({
        kind: z.literal('prefix'),
        most: z.int().positive(),
        oneIn: z.int().positive(),
      }),
    ])
    .optional(),
  whenNull: z
    .discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('constant'), value: z.union([z.string(), z.number()]) }),
      z.strictObject({ kind: z.literal('run-start') }),
    ])
    .optional(),
  numericTimes: times.optional(),
  secret: z.boolean().describe('Whether its values are never shown.').optional(),
});

/** What is decided; a word that means nothing is a fault, so that a typing error is found. */
const decided = z.strictObject({
  tables: z
    .record(
      z.string(),
      z.strictObject({
        source: z.string().describe("The source's table.").optional(),
        columns: z.record(z.string(), column).optional(),
        leaveBehind: names.optional(),
        seeded: z
          .enum(['skip', 'replace'])
          .describe(
            'The rows that PostgreSQL has in it already stay, and those of the source stay behind (skip), or they go, for those of the source (replace).',
          )
          .optional(),
      }),
    )
    .describe('By tables of PostgreSQL, where names are not the same on both sides.')
    .optional(),
  leaveBehind: names.optional(),
  ignoreTarget: names
    .describe('Tables of PostgreSQL, or columns as table.column, that are neither filled nor looked at.')
    .optional(),
  decisions: z
    .strictObject({
      zone: z
        .string()
        .describe('The zone of times that name none: an IANA name or ±HH:MM; UTC when omitted.')
        .optional(),
      leaveBehind: names
        .describe('Tables of SQLite, or columns as table.column, that hold data and stay behind.')
        .optional(),
      columns: z
        .record(z.string(), decision)
        .describe('By columns of SQLite, as table.column; * stands for any part of a name.')
        .optional(),
    })
    .optional(),
});

const question = z.strictObject({
  question: z.string(),
  answer: z.string().nullable().describe('The name of one of the candidates; null while nobody has chosen.'),
  candidates: z.record(
    z.string(),
    z.strictObject({ decides: decided, becomes: z.unknown().optional(), why: z.string().optional() }),
  ),
  evidence: z.unknown().optional(),
});

/** A mapping as a file says it. */
export const mappingFile = z.strictObject({
  $schema: z.string().optional(),
  ...decided.shape,
  questions: z
    .record(z.string(), question)
    .describe('What a person has to choose before anything is moved.')
    .optional(),
  evidence: z
    .record(z.string(), z.unknown())
    .describe('What the decisions rest on, by their names. Nothing is read of it.')
    .optional(),
});

export type MappingFile = z.infer<typeof mappingFile>;

/** What a part of a mapping file decides. */
export type Decided = z.infer<typeof decided>;

export type Question = z.infer<typeof question>;

/** The same for editors. */
export function mappingFileSchema(): object {
  return z.toJSONSchema(mappingFile);
}
