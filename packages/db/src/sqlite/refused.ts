import { isDriverAdapterError } from '@prisma/driver-adapter-utils';
import { QueryFailedError } from '../errors.ts';

/** What SQLite refused, as this package tells it; any other error as it is. */
export function refused(error: unknown): unknown {
  if (!isDriverAdapterError(error)) return error;
  const { originalCode = 'unknown', originalMessage = error.message } = error.cause;
  return new QueryFailedError(originalCode, originalMessage, { cause: error });
}
