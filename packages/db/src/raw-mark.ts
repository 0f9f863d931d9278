import type { SqlQuery } from '@prisma/driver-adapter-utils';
import type { Prisma } from './generated/postgres/client.ts';

type Plugin = NonNullable<Prisma.PrismaClientOptions['comments']>[number];

/**
 * Makes Prisma mark the statements that are a caller's own SQL, and not made from models; an adapter is told of no
 * difference. {@link readMark} takes the mark off again.
 */
export const markRawSql: Plugin = ({ query }) =>
  query.type === 'single' && query.modelName === undefined ? { [TAG]: '1' } : {};

const TAG = 'vatevo_raw';
const MARK = ` /*${TAG}='1'*/`;

/** A statement as its caller wrote it, and whether that was a caller or Prisma. */
export function readMark(query: SqlQuery): { readonly query: SqlQuery; readonly isRaw: boolean } {
  if (!query.sql.endsWith(MARK)) return { query, isRaw: false };
  return { query: { ...query, sql: query.sql.slice(0, -MARK.length) }, isRaw: true };
}
