import { TransactionMisuseError } from '../errors.ts';

/** Whose statements an adapter of Prisma's runs: the login's, or those of tenants, which run in transactions only. */
export type Scope = 'login' | 'tenant';

export function outsideOfTenant(): TransactionMisuseError {
  return new TransactionMisuseError(
    "A tenant's models work inside the function that is given to forTenant(id).transaction(), and nowhere else; nothing was run.",
  );
}

export function noScripts(): TransactionMisuseError {
  return new TransactionMisuseError('Scripts of several statements are for migrations; nothing was run.');
}
