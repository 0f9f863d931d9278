import { randomBytes, randomUUID } from 'node:crypto';
import type { PostgresTarget, SqliteTarget } from '@vatevo/connection';
import { createDbClient } from '../../create-db-client.ts';
import type { DbClient } from '../../db-client.ts';
import { GIVEN_LATER, INVOICE } from '../../exact/fields.ts';
import type { NewInvoice } from '../../exact/types.ts';
import { COLUMNS } from '../../generated/columns.ts';
import type { Delivery, Outbox } from '../../outbox.ts';
import type { TenantRegistry } from '../../registry.ts';
import type { TenantClient, TenantEvents } from '../../tenant-client.ts';

/** A call of the client that the database refused. */
export interface RefusedCall {
  /** `forTenant().invoices()` */
  readonly call: string;
  /** Why, in the database's words. */
  readonly message: string;
}

type Methods<T> = { [M in keyof T]: T[M] extends (...args: never[]) => unknown ? M : never }[keyof T];

/** One call of every method: a method that is added without one does not compile. */
type Calls<T, Facts = unknown> = {
  readonly [M in Methods<T>]: (object: T, facts: Facts) => Promise<unknown>;
};

const POOL = { size: 2, min: 0, timeoutSeconds: 60, recycleSeconds: 600, statementTimeoutSeconds: 60 };

/**
 * Makes every call that the client has, on a database without rows of anybody, so that each of its statements is run as it is sent.
 *
 * @param target a database that the migrations made, with the rights of the API's roles on PostgreSQL
 */
export async function exerciseClient(target: PostgresTarget | SqliteTarget): Promise<RefusedCall[]> {
  const db = createDbClient({ config: { database: target, pool: POOL } });
  const refused: RefusedCall[] = [];
  const run = async <T>(call: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work();
    } catch (error) {
      refused.push({ call, message: describe(error) });
      return undefined;
    }
  };
  const all = async <T, Facts>(prefix: string, object: T, calls: Calls<T, Facts>, facts: Facts) => {
    for (const [name, call] of Object.entries(calls) as [string, (o: T, f: Facts) => Promise<unknown>][]) {
      await run(`${prefix}.${name}()`, () => call(object, facts));
    }
  };
  try {
    for (const model of Object.keys(COLUMNS)) await run(`${model} (model)`, () => readModel(db, model));
    await all('registry', db.registry, REGISTRY, undefined);
    const tenant = await db.tenant.findFirst({ select: { id: true } });
    if (tenant === null) return refused;
    await all('forTenant()', db.forTenant(tenant.id), TENANT, undefined);
    await all('forTenant().webhook', db.forTenant(tenant.id).webhook, WEBHOOK, undefined);
    const event = await db.webhookEvent.findFirst({ select: { id: true } });
    await all('outbox', db.outbox, OUTBOX, { tenantId: tenant.id, eventId: Number(event?.id ?? 0) });
    return refused;
  } finally {
    await db.close();
  }
}

const NOW = '2025-01-15T10:30:00.123456Z';

const REGISTRY: Calls<TenantRegistry> = {
  create: (registry) =>
    registry.create({
      name: 'A tenant',
      apiKeyHash: randomBytes(32).toString('hex'),
      apiKeyPrefix: 'ab',
      webhookUrl: 'https://a.test',
    }),
  rotateKey: (registry) =>
    registry.rotateKey({
      tenantId: 0,
      apiKeyHash: randomBytes(32).toString('hex'),
      apiKeyPrefix: 'ab',
      graceSeconds: 60,
    }),
  findByKeyHash: (registry) => registry.findByKeyHash('ab'.repeat(32)),
};

const TENANT: Calls<TenantClient> = {
  async createInvoice(tenant) {
    await tenant.createInvoice(anInvoice());
    await tenant.createInvoice(anInvoice(), [{ eventType: 'invoice.validated', payload: {} }]);
  },
  invoice: (tenant) => tenant.invoice(1),
  async invoices(tenant) {
    await tenant.invoices({ limit: 10 });
    await tenant.invoices({ limit: 10, status: 'DRAFT', after: 0, skip: 1 });
  },
  async page(tenant) {
    await tenant.page({ limit: 10, maxBytes: 1000 });
    await tenant.page({ limit: 100, maxBytes: 1000 });
    await tenant.page({ limit: 100, maxBytes: 1000, status: 'DRAFT', after: 0, skip: 1 });
  },
  async answerOnce(tenant) {
    const request = { key: randomUUID(), requestHash: 'cd'.repeat(32) };
    for (let time = 1; time <= 2; time++) await tenant.answerOnce(request, async () => 'an answer');
  },
  transaction: (tenant) => tenant.transaction((models) => models.invoice.findMany({ take: 1 })),
};

const WEBHOOK: Calls<TenantEvents> = {
  settings: (webhook) => webhook.settings(),
  change: (webhook) => webhook.change({ webhookUrl: 'https://a.test', isPaused: false }),
  async list(webhook) {
    for (const state of ['pending', 'failed', 'delivered', undefined] as const)
      await webhook.list({ limit: 10, after: 0, state });
  },
  sendAgain: (webhook) => webhook.sendAgain(0),
  sendFailedAgain: (webhook) => webhook.sendFailedAgain(10),
};

const OUTBOX: Calls<Outbox, Pick<Delivery, 'tenantId' | 'eventId'>> = {
  claim: (outbox) => outbox.claim({ most: 10, leaseSeconds: 60, maxAttempts: 3, rooms: new Map([[1, 2]]) }),
  destination: (outbox, delivery) => outbox.destination(delivery),
  giveBack: (outbox, delivery) => outbox.giveBack([{ ...delivery, attempt: 0 }]),
  settle: (outbox, delivery) => outbox.settle([{ ...delivery, delivered: true, next: null }]),
  forgetAnswers: (outbox) => outbox.forgetAnswers({ before: NOW, most: 10 }),
  forgetDelivered: (outbox) => outbox.forgetDelivered({ before: NOW, most: 10 }),
};

function readModel(db: DbClient, model: string): Promise<unknown> {
  const name = `${model.charAt(0).toLowerCase()}${model.slice(1)}`;
  return (db as unknown as Record<string, { findMany(query: object): Promise<unknown> }>)[name]?.findMany({
    take: 1,
  }) as Promise<unknown>;
}

/** A value of each type, whichever field it is for. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  Int: 1,
  BigInt: 1,
  Float: 1,
  Decimal: '1.00',
  Boolean: true,
  DateTime: NOW,
  Json: {},
};

/** An invoice of which every field is given that one can be given. */
function anInvoice(): NewInvoice {
  const later: readonly string[] = GIVEN_LATER;
  const fields = Object.entries(INVOICE).filter(([name]) => !later.includes(name));
  return Object.fromEntries(
    fields.map(([name, field]) => [
      name,
      'values' in field ? field.values[0] : (SAMPLES[field.type] ?? 'a text'),
    ]),
  ) as unknown as NewInvoice;
}

/** PostgreSQL says in which function it was; Prisma puts its own words around those of the database. */
function describe(error: unknown): string {
  const { message = String(error), cause } = error as { message?: string; cause?: { where?: string } };
  const where = cause?.where?.split('\n').find((line) => /function/.test(line));
  const lines = message.split('\n').filter((line) => line.trim() !== '');
  return `${lines.at(-1)?.trim() ?? message}${where ? ` (${where})` : ''}`;
}
