import { TransactionFailedError } from '../errors.ts';
import { Prisma } from '../generated/postgres/client.ts';
import { refuseUnstorable } from '../refuse-unstorable.ts';

/** A call of Prisma's client; SQL has no model. */
export interface Call {
  readonly model: string | undefined;
  readonly operation: string;
  readonly args: unknown;
}

/** The call that runs a query of prisma/postgres/sql. */
export const TYPED_SQL = '$queryRawTyped';

/**
 * What is around every call of Prisma's client. What one of the databases cannot store, neither is given.
 *
 * Prisma runs the calls of a transaction that are made in one turn of the event loop one after the other, stops at
 * the first that fails, and resolves those behind it to `undefined` although they never ran. They reject instead.
 * (What is not found is `null`, so nothing else is ever undefined.)
 *
 * @param refuse throws at a call that this database must not be given. Here, and not in an extension of its own: each one
 * lets calls of the same turn that it is not about overtake the others
 */
export function guardCalls(refuse: (call: Call) => void = () => undefined) {
  return Prisma.defineExtension({
    query: {
      async $allOperations({ model, operation, args, query }) {
        // A query of a file keeps its values to itself.
        refuseUnstorable(operation === TYPED_SQL ? (args as { readonly values?: unknown }).values : args);
        refuse({ model, operation, args });
        const answer: unknown = await query(args);
        if (answer === undefined) throw new TransactionFailedError();
        return answer;
      },
    },
  });
}
