import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { FENCE_MARK } from '@vatevo/cutover-state';
import pg from 'pg';
import { DatabaseFencedError } from '../errors.ts';

/** The error as that of a write which a cutover's fence refused; any other as it is. */
export function explainFence(error: unknown): unknown {
  return messageOf(error)?.startsWith(FENCE_MARK) ? new DatabaseFencedError({ cause: error }) : error;
}

function messageOf(error: unknown): string | undefined {
  if (error instanceof pg.DatabaseError) return error.message;
  return isDriverAdapterError(error) ? error.cause.originalMessage : undefined;
}
