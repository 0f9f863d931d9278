import type { DbClient, OwnMembers } from './db-client.ts';
import type { Prisma, PrismaClient } from './generated/postgres/client.ts';
import type { Scope } from './transaction/scope.ts';
import type { TransactionalClient } from './transaction/transact.ts';

/** Prisma's clients of one database, one for each scope. */
export type PrismaClients = Readonly<Record<Scope, Pick<PrismaClient, '$extends'>>>;

/** What a database's client is made of. */
export interface ClientParts {
  readonly clients: PrismaClients;
  /** Goes around every call, behind the extensions of the caller's own: what they make of it, too, is looked at. */
  readonly guard: Extension;
  /** Our own members, on clients that have all extensions. */
  members(clients: Readonly<Record<Scope, TransactionalClient>>): OwnMembers;
}

type Extension = Parameters<PrismaClient['$extends']>[0];

/**
 * A client that can be extended: what `$extends` gives has our members, too, and the extension counts in the transactions
 * of both scopes.
 */
export function makeClient(parts: ClientParts, extensions: readonly Extension[] = []): DbClient {
  const { clients, guard, members } = parts;
  const extended = (scope: Scope) =>
    [...extensions, guard].reduce(
      (client, extension) => client.$extends(extension) as unknown as PrismaClient,
      clients[scope] as PrismaClient,
    );
  const [login, tenant] = [extended('login'), extended('tenant')];
  return login.$extends({
    client: {
      ...members({ login, tenant }),
      $extends: (extension: Extension) => makeClient(parts, [...extensions, extension]),
    },
  } as unknown as ReturnType<typeof Prisma.defineExtension>) as unknown as DbClient;
}
