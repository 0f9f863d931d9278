import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { invoiceTotalsByMonth } from '../../src/generated/sql.ts';
import {
  type DbClient,
  InvalidValueError,
  Prisma,
  TransactionTimeoutError,
  UnsupportedOnSqliteError,
} from '../../src/index.ts';
import { engines } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

// docs/databases.md says how the two databases answer the same calls. Each of its lines is tried here under its own name.

const page = readFileSync(new URL('../../../../docs/databases.md', import.meta.url), 'utf8');

/** The first cells of the lines of the table below a heading. */
function linesBelow(heading: string): string[] {
  const [, part = ''] = page.split(`## ${heading}\n`);
  const [table = ''] = part.split('\n## ');
  const lines = table.split('\n').filter((line) => line.startsWith('| '));
  return lines.slice(2).map((line) => line.slice(2, line.indexOf(' | ')));
}

/** One tenant, and rows of its own. */
class Trial {
  readonly db: DbClient;
  readonly tenantId: number;

  constructor(db: DbClient, tenantId: number) {
    this.db = db;
    this.tenantId = tenantId;
  }

  invoice(more: Partial<Prisma.InvoiceUncheckedCreateInput> = {}) {
    const data = {
      tenantId: this.tenantId,
      externalId: 'e',
      countryCode: 'IT' as const,
      invoiceNumber: 'n',
      issueDate: new Date('2025-01-15T10:00:00.250Z'),
      ...{ subtotal: 0, taxAmount: 0, totalAmount: 0, supplierData: {}, customerData: {}, lineItems: [] },
    };
    return this.db.invoice.create({ data: { ...data, ...more } });
  }

  where(id: number | bigint) {
    return { tenantId_id: { tenantId: this.tenantId, id } };
  }

  /** What is found among invoices of this tenant that have these texts. */
  async found(texts: readonly string[], filter: Prisma.StringFilter): Promise<string[]> {
    for (const externalId of texts) await this.invoice({ externalId });
    return this.read({ externalId: filter });
  }

  async read(
    where: Prisma.InvoiceWhereInput,
    orderBy: Prisma.InvoiceOrderByWithRelationInput = { id: 'asc' },
  ) {
    const rows = await this.db.invoice.findMany({ where: { ...where, tenantId: this.tenantId }, orderBy });
    return rows.map(({ externalId }) => externalId);
  }
}

type Try = (trial: Trial) => Promise<void>;

const tenant = (name: string = randomUUID()) => ({
  name,
  apiKeyHash: createHash('sha256').update(name).digest('hex'),
  apiKeyPrefix: '',
});
const codeOf = (call: Promise<unknown>) =>
  call.then(
    () => 'done',
    (error: { code?: string }) => error.code,
  );
const refused = (call: Promise<unknown>, by: new (...args: never[]) => Error = InvalidValueError) =>
  expect(call).rejects.toBeInstanceOf(by);
const unsupported = (call: Promise<unknown>) => refused(call, UnsupportedOnSqliteError);
const constraintOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => undefined,
    ({ meta }: { meta: { driverAdapterError: { cause: { constraint: unknown } } } }) =>
      meta.driverAdapterError.cause.constraint,
  );

const ALIKE: Readonly<Record<string, Try>> = {
  'capitals in `contains`, `startsWith` and `endsWith`': async (trial) => {
    expect(await trial.found(['Rechnung', 'rechnung'], { contains: 'ECH' })).toEqual([]);
    expect(await trial.read({ externalId: { startsWith: 'R' } })).toEqual(['Rechnung']);
    expect(await trial.read({ externalId: { endsWith: 'NUNG' } })).toEqual([]);
  },
  '`%` and `_` in `contains` and its like': async (trial) => {
    expect(await trial.found(['10%', 'abc'], { contains: '%' })).toEqual(['10%', 'abc']);
    expect(await trial.read({ externalId: { startsWith: 'a_c' } })).toEqual(['abc']);
  },
  'a NUL character or half of a surrogate pair in text': async (trial) => {
    for (const text of ['a\0b', 'a\ud800b', '\udc00']) {
      await refused(trial.invoice({ externalId: text }));
      await refused(trial.read({ externalId: { in: [text] } }));
      await refused(trial.invoice({ supplierData: { list: [{ name: text }] } }));
      await refused(trial.invoice({ supplierData: { [text]: 1 } }));
      await refused(trial.db.$queryRaw`SELECT ${text} AS text`);
      await refused(trial.db.forTenant(trial.tenantId).createInvoice(newInvoice({ externalId: text })));
    }
    expect((await trial.invoice({ externalId: '😀' })).externalId).toBe('😀');
  },
  'an integer outside of 32 bits for an `Int`': async (trial) => {
    await refused(trial.invoice({ retryCount: 2 ** 31 }));
    await refused(trial.db.invoice.count({ where: { retryCount: { in: [-(2 ** 31) - 1] } } }));
    expect((await trial.invoice({ retryCount: 2 ** 31 - 1 })).retryCount).toBe(2 ** 31 - 1);
    expect((await trial.invoice({ supplierData: { id: 2 ** 40 } })).supplierData).toEqual({ id: 2 ** 40 });
  },
  '`divide: 0`': async (trial) => {
    const { id } = await trial.invoice();
    const data = { retryCount: { divide: 0 } };
    await refused(trial.db.invoice.update({ where: trial.where(id), data }));
  },
  'an instant outside the years 0000 to 9999': async (trial) => {
    for (const year of ['-000044', '+012345']) {
      await refused(trial.invoice({ issueDate: new Date(`${year}-03-15T00:00:00Z`) }));
    }
  },
  'a date-time that a model reads': async (trial) => {
    const issueDate = '2025-01-15T10:00:00.123456Z';
    const { id } = await trial.db.forTenant(trial.tenantId).createInvoice(newInvoice({ issueDate }));
    const read = await trial.db.invoice.findUniqueOrThrow({ where: trial.where(id) });
    expect(read.issueDate.toISOString()).toBe('2025-01-15T10:00:00.123Z');
    expect((await trial.db.forTenant(trial.tenantId).invoice(id))?.issueDate).toBe(issueDate);
  },
  'an amount that a model reads': async (trial) => {
    const subtotal = '12345678901234567890.1234567890';
    const { id } = await trial.db.forTenant(trial.tenantId).createInvoice(newInvoice({ subtotal }));
    const read = await trial.db.invoice.findUniqueOrThrow({ where: trial.where(id) });
    expect(read.subtotal.toFixed()).toBe('12345678901234567890.123456789');
    expect((await trial.db.forTenant(trial.tenantId).invoice(id))?.subtotal).toBe(subtotal);
  },
  'an amount that is no finite number': async (trial) => {
    for (const subtotal of ['NaN', 'Infinity']) {
      await refused(trial.invoice({ subtotal }), Prisma.PrismaClientValidationError);
    }
  },
  '`-0` in JSON': async (trial) => {
    const { id } = await trial.invoice({ supplierData: { amount: -0 } });
    const read = await trial.db.invoice.findUniqueOrThrow({ where: trial.where(id) });
    expect(read.supplierData).toEqual({ amount: 0 });
  },
  '`in: []`': async (trial) => {
    expect(await trial.found(['a'], { in: [] })).toEqual([]);
  },
  '`not` and `notIn` on a column that may be null': async (trial) => {
    await trial.invoice({ externalId: 'none' });
    await trial.invoice({ externalId: 'a', pdfUrl: 'a' });
    await trial.invoice({ externalId: 'b', pdfUrl: 'b' });
    expect(await trial.read({ pdfUrl: { not: 'a' } })).toEqual(['b']);
    expect(await trial.read({ pdfUrl: { notIn: ['a'] } })).toEqual(['b']);
  },
  '`distinct`': async (trial) => {
    for (const externalId of ['1', '2']) await trial.invoice({ externalId });
    const { tenantId } = trial;
    const distinct = {
      where: { tenantId },
      distinct: ['currency' as const],
      orderBy: { id: 'desc' as const },
    };
    expect(await trial.db.invoice.findMany(distinct)).toMatchObject([{ externalId: '2' }]);
  },
  'deleting what other rows point to': async (trial) => {
    await trial.invoice();
    expect(await codeOf(trial.db.tenant.delete({ where: { id: trial.tenantId } }))).toBe('P2003');
  },
  'a row that is not there': async ({ db }) => {
    expect(await codeOf(db.tenant.delete({ where: { id: 2 ** 30 } }))).toBe('P2025');
    expect(await codeOf(db.tenant.update({ where: { id: 2 ** 30 }, data: { name: 'x' } }))).toBe('P2025');
  },
  'a broken unique key': async ({ db }) => {
    const data = tenant();
    await db.tenant.create({ data });
    expect(await codeOf(db.tenant.create({ data }))).toBe('P2002');
  },
  '`createMany` of which one row breaks a rule': async ({ db }) => {
    const [known, other] = [tenant(), tenant()];
    await db.tenant.create({ data: known });
    expect(await codeOf(db.tenant.createMany({ data: [other, known] }))).toBe('P2002');
    expect(await db.tenant.count({ where: { name: other.name } })).toBe(0);
  },
  'the id of a row that was deleted': async ({ db }) => {
    const { id } = await db.tenant.create({ data: tenant() });
    await db.tenant.delete({ where: { id } });
    expect((await db.tenant.create({ data: tenant() })).id).toBeGreaterThan(id);
  },
  'the id of an invoice or an event': async (trial) => {
    const tenant = trial.db.forTenant(trial.tenantId);
    const { id } = await tenant.createInvoice(newInvoice(), [{ eventType: 'a', payload: {} }]);
    expect(id).toBeTypeOf('number');
    for (const given of [id, BigInt(id)]) {
      const read = await trial.db.invoice.findUniqueOrThrow({
        where: trial.where(given),
        select: { id: true, webhookEvents: { select: { id: true, invoiceId: true } } },
      });
      expect(read).toEqual({
        id: BigInt(id),
        webhookEvents: [{ id: expect.any(BigInt), invoiceId: BigInt(id) }],
      });
    }
  },
  'more values in `in` than a statement can have': async ({ db }) => {
    const ids = Array.from({ length: 40_000 }, (_, i) => 10 ** 6 + i);
    expect(await codeOf(db.tenant.count({ where: { id: { in: ids } } }))).toBe('P2029');
    expect(await db.tenant.count({ where: { id: { in: ids.slice(0, 5000) } } })).toBe(0);
  },
  'a transaction that takes too long': async ({ db }) => {
    const tooLong = async (models: Prisma.TransactionClient) => {
      await sleep(40);
      await models.tenant.count();
    };
    expect(await codeOf(db.$transaction(tooLong, { timeout: 20 }))).toBe('P2028');
    await refused(
      db.transaction((models) => tooLong(models as unknown as Prisma.TransactionClient), { timeoutMs: 20 }),
      TransactionTimeoutError,
    );
  },
};

/** What is done on each of the two. */
interface Unlike {
  readonly postgres: Try;
  readonly sqlite: Try;
}

const UNLIKE: Readonly<Record<string, Unlike>> = {
  'comparing, ordering, summing amounts, arithmetic on them': {
    async postgres(trial) {
      for (const subtotal of ['9', '10']) await trial.invoice({ subtotal, externalId: subtotal });
      expect(await trial.read({ subtotal: { gt: '9.5' } })).toEqual(['10']);
      expect(await trial.read({}, { subtotal: 'asc' })).toEqual(['9', '10']);
      const { _sum } = await trial.db.invoice.aggregate({
        where: { tenantId: trial.tenantId },
        _sum: { subtotal: true },
      });
      expect(String(_sum.subtotal)).toBe('19');
    },
    async sqlite(trial) {
      const data = { subtotal: { increment: 1 } };
      await unsupported(trial.read({ subtotal: { gt: '9.5' } }));
      await unsupported(trial.read({}, { subtotal: 'asc' }));
      await unsupported(trial.db.invoice.aggregate({ _sum: { subtotal: true } }));
      await unsupported(trial.db.invoice.updateMany({ where: { tenantId: trial.tenantId }, data }));
    },
  },
  'ordering by an enum, its `_min` and `_max`': {
    async postgres(trial) {
      for (const countryCode of ['IT', 'DE', 'AT'] as const) {
        await trial.invoice({ countryCode, externalId: countryCode });
      }
      expect(await trial.read({}, { countryCode: 'asc' })).toEqual(['DE', 'IT', 'AT']);
    },
    async sqlite(trial) {
      await unsupported(trial.read({}, { countryCode: 'asc' }));
      await unsupported(trial.db.invoice.aggregate({ _min: { status: true } }));
      expect(await trial.read({ countryCode: { in: ['DE'] } })).toEqual([]);
    },
  },
  'filters on what JSON holds': {
    async postgres(trial) {
      await trial.invoice({ externalId: 'found', supplierData: { b: 1, a: { c: 2 } } });
      expect(await trial.read({ supplierData: { equals: { a: { c: 2 }, b: 1 } } })).toEqual(['found']);
      expect(await trial.read({ supplierData: { path: ['a', 'c'], equals: 2 } })).toEqual(['found']);
    },
    async sqlite(trial) {
      await trial.invoice({ externalId: 'found' });
      await unsupported(trial.read({ supplierData: { equals: {} } }));
      await unsupported(trial.read({ NOT: [{ supplierData: { not: { a: 1 } } }] }));
      expect(await trial.read({ documentData: { equals: Prisma.DbNull } })).toEqual(['found']);
      expect(await trial.read({ documentData: { not: Prisma.DbNull } })).toEqual([]);
    },
  },
  'the order of keys in JSON': {
    async postgres(trial) {
      const { id } = await trial.invoice({ supplierData: { bb: 1, c: 2, a: 3 } });
      const read = await trial.db.invoice.findUniqueOrThrow({ where: trial.where(id) });
      expect(Object.keys(read.supplierData as object)).toEqual(['a', 'c', 'bb']);
    },
    async sqlite(trial) {
      const { id } = await trial.invoice({ supplierData: { bb: 1, c: 2, a: 3 } });
      const read = await trial.db.invoice.findUniqueOrThrow({ where: trial.where(id) });
      expect(Object.keys(read.supplierData as object)).toEqual(['bb', 'c', 'a']);
    },
  },
  'nulls in `orderBy`': {
    async postgres(trial) {
      await withAndWithoutUrl(trial);
      expect(await trial.read({}, { pdfUrl: 'asc' })).toEqual(['a', 'none']);
      expect(await trial.read({}, { pdfUrl: 'desc' })).toEqual(['none', 'a']);
      expect(await trial.read({}, { pdfUrl: { sort: 'asc', nulls: 'last' } })).toEqual(['a', 'none']);
    },
    async sqlite(trial) {
      await withAndWithoutUrl(trial);
      expect(await trial.read({}, { pdfUrl: 'asc' })).toEqual(['none', 'a']);
      expect(await trial.read({}, { pdfUrl: 'desc' })).toEqual(['a', 'none']);
      expect(await trial.read({}, { pdfUrl: { sort: 'asc', nulls: 'last' } })).toEqual(['a', 'none']);
    },
  },
  'text in `orderBy`, `gt` and `lt`': {
    async postgres(trial) {
      const { tenantId } = trial;
      for (const externalId of ['b', 'Z', 'ä']) await trial.invoice({ externalId });
      // By the database's own collation, which is the one that it takes where none is named.
      const rows = await trial.db.$queryRaw<{ text: string }[]>`
        SELECT external_id AS text FROM invoices WHERE tenant_id = ${tenantId} ORDER BY external_id`;
      expect(await trial.read({}, { externalId: 'asc' })).toEqual(rows.map(({ text }) => text));
      const [other] = await trial.db.$queryRaw<
        { less: boolean }[]
      >`SELECT 'b' < 'Z' COLLATE "und-x-icu" AS less`;
      expect(other).toEqual({ less: true });
    },
    async sqlite(trial) {
      for (const externalId of ['b', 'Z', 'ä']) await trial.invoice({ externalId });
      expect(await trial.read({}, { externalId: 'asc' })).toEqual(['Z', 'b', 'ä']);
      expect(await trial.read({ externalId: { gt: 'Z' } })).toEqual(['b', 'ä']);
    },
  },
  'rows without `orderBy`': {
    async postgres(trial) {
      expect((await updatedFirst(trial)).toSorted()).toEqual(['1', '2', '3']);
    },
    async sqlite(trial) {
      expect(await updatedFirst(trial)).toEqual(['1', '2', '3']);
    },
  },
  '`\\` in `contains` and its like': {
    async postgres(trial) {
      expect(await trial.found(['10%', 'abc', 'a\\c'], { contains: '\\%' })).toEqual(['10%']);
    },
    async sqlite(trial) {
      expect(await trial.found(['10%', 'abc', 'a\\c'], { contains: '\\' })).toEqual(['a\\c']);
    },
  },
  "`mode: 'insensitive'`": {
    async postgres(trial) {
      expect(await trial.found(['Abc'], { contains: 'aB', mode: 'insensitive' })).toEqual(['Abc']);
    },
    async sqlite(trial) {
      const call = trial.read({ externalId: { contains: 'aB', mode: 'insensitive' } });
      await refused(call, Prisma.PrismaClientValidationError);
    },
  },
  '`skipDuplicates`': {
    async postgres({ db }) {
      const data = [tenant(), tenant('there')];
      await db.tenant.create({ data: tenant('there') });
      expect(await db.tenant.createMany({ data, skipDuplicates: true })).toEqual({ count: 1 });
    },
    async sqlite({ db }) {
      const call = db.tenant.createMany({ data: [tenant()], skipDuplicates: true });
      await refused(call, Prisma.PrismaClientValidationError);
    },
  },
  '`increment` past 32 bits': {
    async postgres(trial) {
      expect(await codeOf(incrementFull(trial))).toBe('P2020');
    },
    async sqlite(trial) {
      expect((await incrementFull(trial)).retryCount).toBe(2 ** 31);
    },
  },
  'the `meta` of `P2002`': {
    async postgres({ db }) {
      await db.tenant.create({ data: tenant('twice') });
      const constraint = await constraintOf(db.tenant.create({ data: tenant('twice') }));
      expect(constraint).toEqual({ index: 'tenants_api_key_hash_key' });
    },
    async sqlite({ db }) {
      await db.tenant.create({ data: tenant('twice') });
      const constraint = await constraintOf(db.tenant.create({ data: tenant('twice') }));
      expect(constraint).toEqual({ fields: ['api_key_hash'] });
    },
  },
  'the `meta` of `P2003`': {
    async postgres(trial) {
      const constraint = await constraintOf(trial.invoice({ tenantId: 2 ** 30 }));
      expect(constraint).toEqual({ index: 'invoices_tenant_id_fkey' });
    },
    async sqlite(trial) {
      const constraint = await constraintOf(trial.invoice({ tenantId: 2 ** 30 }));
      expect(constraint).toEqual({ foreignKey: {} });
    },
  },
  "a row with an id of one's own": {
    async postgres({ db }) {
      const { id } = await db.tenant.create({ data: tenant() });
      await db.tenant.create({ data: { ...tenant(), id: id + 1 } });
      expect(await codeOf(db.tenant.create({ data: tenant() }))).toBe('P2002');
    },
    async sqlite({ db }) {
      const { id } = await db.tenant.create({ data: tenant() });
      await db.tenant.create({ data: { ...tenant(), id: id + 1 } });
      expect((await db.tenant.create({ data: tenant() })).id).toBe(id + 2);
    },
  },
  'the id of a row that was rolled back': {
    async postgres(trial) {
      expect(await idsAfterRollback(trial)).toBe(2);
    },
    async sqlite(trial) {
      expect(await idsAfterRollback(trial)).toBe(1);
    },
  },
  'the isolation level': {
    async postgres({ db }) {
      const level = db.transaction(
        (models) => models.$queryRaw<unknown[]>`SELECT current_setting('transaction_isolation') AS level`,
        { isolation: 'Serializable' },
      );
      expect(await level).toEqual([{ level: 'serializable' }]);
    },
    async sqlite({ db }) {
      const order: string[] = [];
      const write = (name: string) =>
        db.transaction(
          async (models) => {
            order.push(`${name} begins`);
            await models.tenant.create({ data: tenant() });
            order.push(`${name} ends`);
          },
          { isolation: 'ReadCommitted' },
        );
      await Promise.all([write('one'), write('other')]);
      expect(order).toEqual(['one begins', 'one ends', 'other begins', 'other ends']);
    },
  },
  'parameters in `$queryRawUnsafe`': {
    async postgres({ db }) {
      expect(await db.$queryRawUnsafe('SELECT $1 AS text', 'x')).toEqual([{ text: 'x' }]);
      expect(await db.$queryRaw`SELECT ${'x'} AS text`).toEqual([{ text: 'x' }]);
    },
    async sqlite({ db }) {
      expect(await db.$queryRawUnsafe('SELECT ? AS text', 'x')).toEqual([{ text: 'x' }]);
      expect(await db.$queryRaw`SELECT ${'x'} AS text`).toEqual([{ text: 'x' }]);
    },
  },
  'numbers in rows of raw SQL': {
    async postgres({ db }) {
      expect(await db.$queryRaw`SELECT 7 / 2 AS a, count(*) * 0 AS b FROM tenants`).toEqual([
        { a: 3, b: 0n },
      ]);
    },
    async sqlite({ db }) {
      expect(await db.$queryRaw`SELECT 7 / 2 AS a, count(*) * 0 AS b FROM tenants`).toEqual([
        { a: 3n, b: 0n },
      ]);
    },
  },
  'booleans and times that raw SQL computes': {
    async postgres(trial) {
      expect(await rawTenant(trial)).toEqual([{ known: true, made: expect.any(Date) }]);
    },
    async sqlite(trial) {
      const made = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/);
      expect(await rawTenant(trial)).toEqual([{ known: 1n, made }]);
    },
  },
  'raw SQL that puts text into an integer column': {
    async postgres(trial) {
      const { id } = await trial.invoice();
      expect(await codeOf(trial.db.$executeRawUnsafe(textForNumber(id)))).toBe('P2010');
    },
    async sqlite(trial) {
      const { id } = await trial.invoice();
      expect(await trial.db.$executeRawUnsafe(textForNumber(id))).toBe(1);
    },
  },
  'a query of `prisma/postgres/sql` (`$queryRawTyped`)': {
    async postgres({ db, tenantId }) {
      expect(await db.$queryRawTyped(totalsOf(tenantId))).toEqual([]);
    },
    async sqlite({ db, tenantId }) {
      await refused(db.$queryRawTyped(totalsOf(tenantId)), UnsupportedOnSqliteError);
      await refused(
        db.transaction((models) => models.$queryRawTyped(totalsOf(tenantId))),
        UnsupportedOnSqliteError,
      );
    },
  },
  '`FOR UPDATE` in raw SQL': {
    async postgres({ db }) {
      expect(await db.$queryRaw`SELECT id FROM tenants WHERE id = 0 FOR UPDATE`).toEqual([]);
    },
    async sqlite({ db }) {
      expect(await codeOf(db.$queryRaw`SELECT id FROM tenants WHERE id = 0 FOR UPDATE`)).toBe('P2010');
    },
  },
};

const totalsOf = (tenantId: number) => invoiceTotalsByMonth(tenantId, new Date(0), new Date());

async function withAndWithoutUrl(trial: Trial): Promise<void> {
  await trial.invoice({ externalId: 'none' });
  await trial.invoice({ externalId: 'a', pdfUrl: 'a' });
}

async function updatedFirst(trial: Trial): Promise<string[]> {
  const { db, tenantId } = trial;
  for (const externalId of ['1', '2', '3']) await trial.invoice({ externalId });
  await db.invoice.updateMany({ where: { tenantId, externalId: '1' }, data: { pdfUrl: 'x' } });
  return (await db.invoice.findMany({ where: { tenantId } })).map(({ externalId }) => externalId);
}

async function incrementFull(trial: Trial) {
  const { id } = await trial.invoice({ retryCount: 2 ** 31 - 1 });
  return trial.db.invoice.update({ where: trial.where(id), data: { retryCount: { increment: 1 } } });
}

async function idsAfterRollback({ db }: Trial): Promise<number> {
  const { id } = await db.tenant.create({ data: tenant() });
  const undone = db.transaction(async (models) => {
    await models.tenant.create({ data: tenant() });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  return (await db.tenant.create({ data: tenant() })).id - id;
}

const rawTenant = ({ db, tenantId }: Trial) =>
  db.$queryRaw`SELECT id > 0 AS known, max(created_at) AS made FROM tenants WHERE id = ${tenantId} GROUP BY id`;

const textForNumber = (id: number | bigint) => `UPDATE invoices SET retry_count = 'x' WHERE id = ${id}`;

it('tries every line of docs/databases.md, and no other', () => {
  expect(Object.keys(ALIKE)).toEqual(linesBelow('Alike on both'));
  expect(Object.keys(UNLIKE)).toEqual(linesBelow('Unlike'));
});

describe.each(engines)('on $name', ({ use, kind }) => {
  const db = use();
  const begin = async () => new Trial(db(), await newTenant(db()));

  it.each(Object.entries(ALIKE))('alike: %s', async (_, attempt) => attempt(await begin()));

  it.each(Object.entries(UNLIKE))('unlike: %s', async (_, attempts) =>
    attempts[kind as keyof Unlike](await begin()),
  );
});
