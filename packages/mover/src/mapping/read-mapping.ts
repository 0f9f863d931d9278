import { readFileSync } from 'node:fs';
import { CommandError, ExitCode } from '@vatevo/shell';
import type { TransferMapping } from '@vatevo/transfer';
import { z } from 'zod';

const names = z.array(z.string());

const times = z.enum([
  'epoch-seconds',
  'epoch-milliseconds',
  'epoch-microseconds',
  'epoch-nanoseconds',
  'seconds-since-2001',
  'julian-day',
  'seconds',
  'milliseconds',
  'microseconds',
]);

/** See ColumnDecision. */
const decision = z.strictObject({
  numbers: z.union([times, z.literal('text')]).optional(),
  reals: z.enum(['integers', 'nearest']).optional(),
  fraction: z.enum(['truncate', 'round']).optional(),
  empty: z.literal('null').optional(),
  blobs: z.enum(['text', 'uuid', 'dotnet-uuid', 'binary-json']).optional(),
  texts: z.literal('bytes').optional(),
  nul: z.literal('strip').optional(),
});

const column = z.strictObject({
  from: z.string().optional(),
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
  secret: z.boolean().optional(),
});

/** A mapping as a file says it; a word that means nothing is a fault, so that a typing error is found. */
const mapping = z.strictObject({
  tables: z
    .record(
      z.string(),
      z.strictObject({
        source: z.string().optional(),
        columns: z.record(z.string(), column).optional(),
        leaveBehind: names.optional(),
      }),
    )
    .optional(),
  leaveBehind: names.optional(),
  ignoreTarget: names.optional(),
  decisions: z
    .strictObject({
      zone: z.string().optional(),
      leaveBehind: names.optional(),
      columns: z.record(z.string(), decision).optional(),
    })
    .optional(),
});

/**
 * Reads what somebody decided on how a file's tables become those of PostgreSQL.
 *
 * @throws CommandError with exit code 2 that names every place that is wrong
 */
export function readMapping(file: string): TransferMapping {
  return parseMapping(file, parse(file));
}

/** The same of what a file holds. @param file for messages */
export function parseMapping(file: string, content: unknown): TransferMapping {
  const found = mapping.safeParse(content);
  if (found.success) return found.data as TransferMapping;
  throw new CommandError(ExitCode.usage, `${file} is not a mapping.`, {
    remedy: found.error.issues.map(({ path, message }) => `${path.join('.') || 'the whole'}: ${message}`),
  });
}

function parse(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new CommandError(
      ExitCode.usage,
      `The mapping ${file} cannot be read: ${(error as Error).message}.`,
      {
        remedy: ['Give --mapping the path of a JSON file.'],
      },
    );
  }
}
