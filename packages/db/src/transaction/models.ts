import { Prisma, type PrismaClient } from '../generated/postgres/client.ts';

/** What runs SQL of the caller's own inside a transaction. */
const RAW_CALLS = [
  '$executeRaw',
  '$executeRawUnsafe',
  '$queryRaw',
  '$queryRawTyped',
  '$queryRawUnsafe',
] as const;

type ModelKey = Uncapitalize<Prisma.ModelName>;
type RawCall = (typeof RAW_CALLS)[number];

/** Prisma's models inside a transaction, and nothing with which to leave it. */
export type TransactionModels = Pick<PrismaClient, ModelKey | RawCall>;

const KEYS: readonly (ModelKey | RawCall)[] = [
  ...Object.values(Prisma.ModelName).map(
    (name) => (name.charAt(0).toLowerCase() + name.slice(1)) as ModelKey,
  ),
  ...RAW_CALLS,
];

/**
 * The models of a transaction's client as an object that has nothing else: `$transaction` of Prisma's own would leave
 * the transaction for another one, and whatever else there is works on the client as a whole.
 */
export function onlyModels(client: TransactionModels): TransactionModels {
  const models = {} as Record<string, unknown>;
  for (const key of KEYS) {
    const member: unknown = client[key];
    models[key] = typeof member === 'function' ? member.bind(client) : member;
  }
  return Object.freeze(models) as unknown as TransactionModels;
}
