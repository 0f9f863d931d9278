import { describe, expect, it } from 'vitest';
import { type DbClient, Prisma, UnsupportedOnSqliteError } from '../../src/index.ts';
import { engines } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

/** Rows that are marked are gone for everybody, and deleting marks them. */
const softDelete = Prisma.defineExtension({
  query: {
    invoice: {
      findMany: ({ args, query }) => query({ ...args, where: { AND: [args.where ?? {}, { pdfUrl: null }] } }),
    },
  },
  model: {
    invoice: {
      async softDelete(where: Prisma.InvoiceWhereUniqueInput) {
        const model = Prisma.getExtensionContext(this) as unknown as DbClient['invoice'];
        await model.update({ where, data: { pdfUrl: 'deleted' } });
      },
    },
  },
});

/** What people write who were given a transaction by Prisma. */
const countInvoices = (client: Prisma.TransactionClient) => client.invoice.count();

describe.each(engines)('a client that is extended, on $name', ({ use, kind }) => {
  const db = use();

  async function twoInvoices() {
    const tenantId = await newTenant(db());
    const tenant = db().forTenant(tenantId);
    const first = await tenant.createInvoice(newInvoice({ externalId: 'first' }));
    await tenant.createInvoice(newInvoice({ externalId: 'second' }));
    return { tenantId, where: { tenantId_id: { tenantId, id: first.id } } };
  }

  it('tells a hook of every call, in transactions of both scopes, too', async () => {
    const { tenantId } = await twoInvoices();
    const seen: string[] = [];
    const logged = db().$extends({
      query: {
        async $allOperations({ model, operation, args, query }) {
          seen.push(`${model}.${operation}`);
          return query(args);
        },
      },
    });
    await logged.tenant.count();
    await logged.transaction((models) => models.invoice.count());
    await logged.forTenant(tenantId).transaction((models) => models.webhookEvent.count());
    expect(seen).toEqual(['Tenant.count', 'Invoice.count', 'WebhookEvent.count']);
    await db().invoice.count();
    expect(seen).toHaveLength(3);
  });

  it('can hide and mark rows, and has all members of ours', async () => {
    const { tenantId, where } = await twoInvoices();
    const soft = db().$extends(softDelete);
    await soft.invoice.softDelete(where);
    const query = { where: { tenantId }, select: { externalId: true } };
    expect(await soft.invoice.findMany(query)).toEqual([{ externalId: 'second' }]);
    expect(await soft.transaction((models) => models.invoice.findMany(query))).toHaveLength(1);
    const inside = await soft.forTenant(tenantId).transaction((models) => models.invoice.findMany(query));
    expect(inside).toHaveLength(1);
    expect(await db().invoice.findMany(query)).toHaveLength(2);
    expect(await soft.checkDatabase()).toMatchObject({ ok: true });
    expect(soft.poolStats()).toEqual(db().poolStats());
  });

  it('computes fields, and can be extended again', async () => {
    const { tenantId } = await twoInvoices();
    const twice = db()
      .$extends(softDelete)
      .$extends({
        result: {
          invoice: {
            label: {
              needs: { invoiceNumber: true, currency: true },
              compute: ({ invoiceNumber, currency }) => `${invoiceNumber} in ${currency}`,
            },
          },
        },
      });
    const [invoice] = await twice.invoice.findMany({ where: { tenantId } });
    const label: string | undefined = invoice?.label;
    expect(label).toBe('INV-1 in EUR');
    expect(await twice.forTenant(tenantId).invoices({ limit: 5 })).toHaveLength(2);
  });

  it('keeps the rules of transactions behind a hook around every call', async () => {
    const tenantId = await newTenant(db());
    const hooked = db().$extends({ query: { $allOperations: async ({ args, query }) => query(args) } });
    const data = { name: 'taken', apiKeyHash: 'f'.repeat(64), apiKeyPrefix: '' };
    for (const transact of [hooked.transaction, hooked.forTenant(tenantId).transaction]) {
      const told: PromiseSettledResult<unknown>[] = [];
      const whole = transact(async (models) => {
        // The second breaks a rule, or has no right to be there; what comes behind it in the same turn must not run.
        const calls = [models.tenant.create({ data }), models.tenant.create({ data }), models.tenant.count()];
        told.push(...(await Promise.allSettled(calls)));
      });
      await expect(whole).rejects.toThrow();
      expect(told.slice(1).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
      expect(await db().tenant.count({ where: { name: 'taken' } })).toBe(0);
    }
  });

  it.runIf(kind === 'sqlite')('refuses what a hook asks for as what is asked for at once', async () => {
    const inexact = db().$extends({
      query: { invoice: { findMany: ({ query }) => query({ orderBy: { subtotal: 'asc' } }) } },
    });
    await expect(inexact.invoice.findMany()).rejects.toBeInstanceOf(UnsupportedOnSqliteError);
  });

  it('is taken where a transaction of Prisma is, as the one that is not extended', async () => {
    const count = await db().invoice.count();
    expect(await countInvoices(db())).toBe(count);
    expect(await db().$transaction((client) => countInvoices(client))).toBe(count);
  });
});
