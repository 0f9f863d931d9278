import { TransactionFailedError } from '../errors.ts';
import { Prisma } from '../generated/postgres/client.ts';
import { refuseUnstorable } from '../refuse-unstorable.ts';

/**
 * What is around every call of Prisma's client. What one of the databases cannot store, neither is given.
 *
 * Prisma runs the calls of a transaction that are made in one turn of the event loop one after the other, stops at
 * the first that fails, and resolves those behind it to `undefined` although they never ran. They reject instead.
 * (What is not found is `null`, so nothing else is ever undefined.)
 *
 * @param refuse throws at arguments of a model's call that this database must not be given. Here, and not in an
 * extension of its own: each one lets calls of the same turn that it is not about overtake the others
 */
export function guardCalls(refuse: (args: unknown) => void = () => undefined) {
  return Prisma.defineExtension({
    query: {
      async $allOperations({ model, args, query }) {
        refuseUnstorable(args);
        if (model !== undefined) refuse(args);
        const answer: unknown = await query(args);
        if (answer === undefined) throw new TransactionFailedError();
        return answer;
      },
    },
  });
}
