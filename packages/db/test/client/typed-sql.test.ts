import { describe, expect, expectTypeOf, it } from 'vitest';
import { makeTypedQueryFactory } from '#prisma/client';
import { invoiceTotalsByMonth } from '../../src/generated/sql.ts';
import {
  InvalidValueError,
  type InvoiceStatus,
  type Prisma,
  TransactionMisuseError,
} from '../../src/index.ts';
import { engines } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

const [postgres] = engines as [(typeof engines)[number]];

/** A query that is in no file. */
const query = (sql: string, ...values: unknown[]) => makeTypedQueryFactory(sql)(...values);

describe('queries of files, on PostgreSQL', () => {
  const db = postgres.use();

  async function tenantWithInvoices() {
    const tenantId = await newTenant(db());
    for (const [issueDate, totalAmount] of [
      ['2025-01-31T23:59:59.999999Z', '0.10'],
      ['2025-01-01T00:00:00.000000Z', '0.20'],
      ['2025-02-01T00:00:00.000000Z', '7.00'],
    ] as const) {
      await db().forTenant(tenantId).createInvoice(newInvoice({ issueDate, totalAmount }));
    }
    return tenantId;
  }

  const of2025 = (tenantId: number) =>
    invoiceTotalsByMonth(tenantId, new Date('2025-01-01T00:00:00Z'), new Date('2026-01-01T00:00:00Z'));

  it('are typed, and run outside of transactions, in them, and as a tenant', async () => {
    const tenantId = await tenantWithInvoices();
    const rows = await db().$queryRawTyped(of2025(tenantId));
    expectTypeOf(rows).toEqualTypeOf<
      {
        month: Date | null;
        currency: string;
        status: InvoiceStatus;
        invoices: bigint | null;
        subtotal: Prisma.Decimal | null;
        taxAmount: Prisma.Decimal | null;
        totalAmount: Prisma.Decimal | null;
      }[]
    >();
    const totals = rows.map(({ month, invoices, totalAmount }) => [
      month?.toISOString(),
      invoices,
      totalAmount?.toFixed(),
    ]);
    expect(totals).toEqual([
      ['2025-01-01T00:00:00.000Z', 2n, '0.3'],
      ['2025-02-01T00:00:00.000Z', 1n, '7'],
    ]);
    expect(await db().transaction((models) => models.$queryRawTyped(of2025(tenantId)))).toEqual(rows);
    const tenant = db().forTenant(tenantId);
    expect(await tenant.transaction((models) => models.$queryRawTyped(of2025(tenantId)))).toEqual(rows);
    const [one] = await db().$transaction([db().$queryRawTyped(of2025(tenantId))]);
    expect(one).toEqual(rows);
  });

  it('are sent without the comments that describe them', () => {
    expect(of2025(1).sql).toMatch(/^SELECT\n.*\nORDER BY 1, 2, 3$/s);
  });

  it('show a tenant nothing of another one', async () => {
    const other = await tenantWithInvoices();
    const tenant = db().forTenant(await newTenant(db()));
    expect(await tenant.transaction((models) => models.$queryRawTyped(of2025(other)))).toEqual([]);
  });

  it('are held to what holds for other SQL', async () => {
    const [tenantId, other] = [await newTenant(db()), await newTenant(db())];
    const asTenant = (sql: string) =>
      db()
        .forTenant(tenantId)
        .transaction((models) => models.$queryRawTyped(query(sql)));
    for (const sql of [
      `SELECT set_config('vatevo.tenant_id', '${other}', true)`,
      `SELECT set_config('role', 'none', true)`,
      'COMMIT',
    ]) {
      await expect(asTenant(sql)).rejects.toThrow(TransactionMisuseError);
    }
    await expect(db().$queryRawTyped(query('SELECT $1::text', 'a\0b'))).rejects.toThrow(InvalidValueError);
  });

  it('leave nothing behind for the next caller', async () => {
    await db().$queryRawTyped(query(`SELECT set_config('application_name', 'left behind', false)`));
    const [found] = await db().$queryRaw<
      { name: string }[]
    >`SELECT current_setting('application_name') AS name`;
    expect(found?.name).not.toBe('left behind');
  });

  it('are seen by extensions', async () => {
    const seen: string[] = [];
    const logged = db().$extends({
      query: {
        $allOperations({ operation, args, query: run }) {
          seen.push(operation);
          return run(args);
        },
      },
    });
    await logged.$queryRawTyped(of2025(0));
    expect(seen).toEqual(['$queryRawTyped']);
  });
});
