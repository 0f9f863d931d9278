import { parseConfig } from '@vatevo/connection';
import { describe, expect, it } from 'vitest';
import { Prisma } from '../../src/generated/postgres/client.ts';
import {
  ClientClosedError,
  createDbClient,
  type DbClient,
  InvalidValueError,
  TransactionEndedError,
  TransactionFailedError,
  TransactionMisuseError,
  type TransactionModels,
  type TransactionOptions,
  TransactionTimeoutError,
} from '../../src/index.ts';
import { deployMigrations } from '../../src/migrations/index.ts';
import { enginesAndCitus as engines } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

type Transact = <T>(
  work: (models: TransactionModels) => Promise<T>,
  options?: TransactionOptions,
) => Promise<T>;

/** The ways to a transaction; each is given the tenant whose rows it is about. */
const ways: [string, (db: DbClient, tenantId: number) => Transact][] = [
  ['db.transaction', (db) => db.transaction],
  ['forTenant(id).transaction', (db, tenantId) => db.forTenant(tenantId).transaction],
  ['db.$transaction', (db) => (work, options) => db.$transaction(work as never, prismas(options)) as never],
];

/** Resolves when a transaction takes nothing more. */
function over(models: TransactionModels): Promise<void> {
  const state = () =>
    models.tenant.count().then(
      () => 'open',
      () => 'over',
    );
  return expect.poll(state, { timeout: 20_000 }).toBe('over');
}

function prismas({ timeoutMs, isolation }: TransactionOptions = {}) {
  return { ...(timeoutMs && { timeout: timeoutMs }), ...(isolation && { isolationLevel: isolation }) };
}

/** The data of an event, stored as its only trace. */
/** For JSON, which has no bigint. */
const asNumbers = (_key: string, value: unknown) => (typeof value === 'bigint' ? Number(value) : value);

const data = (tenantId: number, invoiceId: number, eventType: string) => ({
  tenantId,
  invoiceId,
  eventType,
  payload: {},
});

describe.each(engines)('transactions on $name', ({ use, kind, createStore }) => {
  const db = use({ DB_POOL_SIZE: '4' });

  async function prepared() {
    const tenantId = await newTenant(db());
    const { id: invoiceId } = await db().forTenant(tenantId).createInvoice(newInvoice());
    const events = async () =>
      (
        await db().webhookEvent.findMany({
          where: { tenantId },
          select: { eventType: true },
          orderBy: { id: 'asc' },
        })
      ).map(({ eventType }) => eventType);
    const add = (models: TransactionModels, eventType: string) =>
      models.webhookEvent.create({ data: data(tenantId, invoiceId, eventType), select: { id: true } });
    const fail = (models: TransactionModels) =>
      models.webhookEvent.create({ data: data(tenantId, 2_000_000_000, 'of no invoice') });
    return { tenantId, invoiceId, events, add, fail };
  }

  describe.each(ways)('%s', (name, wayOf) => {
    it('stores what it did, and gives what it returned', async () => {
      const { tenantId, events, add } = await prepared();
      const transact = wayOf(db(), tenantId);
      const returned = await transact(async (models) => {
        await add(models, 'a');
        await add(models, 'b');
        return 7;
      });
      expect(returned).toBe(7);
      expect(await events()).toEqual(['a', 'b']);
    });

    it('rejects when a statement failed, though its error was caught', async () => {
      const { tenantId, events, add, fail } = await prepared();
      const told: unknown[] = [];
      const done = wayOf(
        db(),
        tenantId,
      )(async (models) => {
        await add(models, 'before');
        await fail(models).catch((error: unknown) => told.push(error));
        await add(models, 'behind').catch((error: unknown) => told.push(error));
        return 'done';
      });
      await expect(done).rejects.toThrow(TransactionFailedError);
      expect(told).toEqual([
        expect.objectContaining({ code: 'P2003' }),
        expect.objectContaining({ name: 'TransactionFailedError', cause: expect.anything() }),
      ]);
      expect(await events()).toEqual([]);
    });

    it('rejects when raw SQL failed and its error was caught', async () => {
      const { tenantId, events, add } = await prepared();
      const done = wayOf(
        db(),
        tenantId,
      )(async (models) => {
        await add(models, 'before');
        await models.$executeRawUnsafe('SELECT nothing FROM nowhere').catch(() => undefined);
      });
      await expect(done).rejects.toThrow(TransactionFailedError);
      expect(await events()).toEqual([]);
    });

    it('rejects every call that was made in one turn behind one that fails', async () => {
      const { tenantId, events, add, fail } = await prepared();
      let settled: PromiseSettledResult<unknown>[] = [];
      const done = wayOf(
        db(),
        tenantId,
      )(async (models) => {
        settled = await Promise.allSettled([
          add(models, 'first'),
          fail(models),
          add(models, 'behind'),
          models.$executeRaw`UPDATE webhook_events SET event_type = 'changed' WHERE tenant_id = ${tenantId}`,
          models.webhookEvent.findFirst({ where: { tenantId } }),
        ]);
      });
      await expect(done).rejects.toThrow(TransactionFailedError);
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', ...Array(4).fill('rejected')]);
      expect(await events()).toEqual([]);
    });

    it('goes on when a value was refused before it was sent', async () => {
      const { tenantId, events, add } = await prepared();
      await wayOf(
        db(),
        tenantId,
      )(async (models) => {
        await models.invoice.count({ where: { nothing: 1 } as never }).catch(() => undefined);
        await models.webhookEvent.update({ where: { id: -1 } as never, data: {} }).catch(() => undefined);
        await add(models, 'stored');
      });
      expect(await events()).toEqual(['stored']);
    });

    it('gives null for what is not there, and goes on', async () => {
      const { tenantId, events, add } = await prepared();
      await wayOf(
        db(),
        tenantId,
      )(async (models) => {
        const where = { tenantId_id: { tenantId, id: 2_000_000_000 } };
        expect(await models.invoice.findUnique({ where })).toBeNull();
        expect(await models.invoice.findUnique({ where }).webhookEvents()).toBeNull();
        await add(models, 'stored');
      });
      expect(await events()).toEqual(['stored']);
    });

    it('takes no more when its function has returned', async () => {
      const { tenantId, events, add } = await prepared();
      const kept: TransactionModels[] = [];
      const transact = wayOf(db(), tenantId);
      await transact(async (models) => void kept.push(models));
      await transact(async (models) => {
        kept.push(models);
        throw new Error('rolled back');
      }).catch(() => undefined);
      for (const models of kept) {
        await expect(add(models, 'late')).rejects.toThrow(
          /already closed|has ended|is committed|was rolled back/,
        );
        await expect(models.$executeRaw`DELETE FROM webhook_events`).rejects.toThrow();
        await expect(models.$queryRaw`SELECT 1`).rejects.toThrow();
      }
      expect(await events()).toEqual([]);
    });

    it('takes no more when its time is over, and stores nothing', async () => {
      const { tenantId, events, add } = await prepared();
      let late: unknown;
      let behind: Promise<void> | undefined;
      let tell = () => {};
      const told = new Promise<void>((resolve) => {
        tell = resolve;
      });
      // A function of Prisma's own is waited for.
      const isWaitedFor = name.includes('$');
      const done = wayOf(db(), tenantId)(
        (models) => {
          behind = (async () => {
            await add(models, 'in time');
            await (isWaitedFor ? over(models) : told);
            late = await add(models, 'late').catch((error: unknown) => error);
          })();
          return behind;
        },
        { timeoutMs: 300 },
      );
      await expect(done).rejects.toThrow(/took longer|expired transaction|already closed/i);
      // What timeoutMs promises: it ends without waiting for what the callback does.
      if (!isWaitedFor) await expect(done).rejects.toThrow(TransactionTimeoutError);
      tell();
      await behind;
      expect(late).toBeInstanceOf(Error);
      expect(await events()).toEqual([]);
    });

    it.each([
      'COMMIT',
      'ROLLBACK',
      'end',
      'Abort',
      'BEGIN',
      'START TRANSACTION',
      ' ;; -- x\n /* y */ COMMIT',
      'ROLLBACK -- work to x',
      "PREPARE/**/TRANSACTION 'x'",
    ])('is not ended by SQL: %j', async (sql) => {
      const { tenantId, events, add } = await prepared();
      const done = wayOf(
        db(),
        tenantId,
      )(async (models) => {
        await add(models, 'before');
        await models.$executeRawUnsafe(sql);
      });
      await expect(done).rejects.toThrow(TransactionMisuseError);
      expect(await events()).toEqual([]);
    });

    it('runs one statement at a time, whatever the text holds', async () => {
      const { tenantId, events, add } = await prepared();
      const done = wayOf(
        db(),
        tenantId,
      )(async (models) => {
        await add(models, 'before');
        await models.$executeRawUnsafe('SELECT 1; COMMIT; DELETE FROM webhook_events');
      });
      await expect(done).rejects.toThrow();
      expect(await events()).toEqual([]);
    });

    it('goes back to a savepoint, and on from there', async () => {
      const { tenantId, events, add, fail } = await prepared();
      await wayOf(
        db(),
        tenantId,
      )(async (models) => {
        await add(models, 'kept');
        await models.$executeRaw`SAVEPOINT here`;
        await add(models, 'undone');
        await expect(fail(models)).rejects.toThrow();
        await expect(models.$executeRaw`RELEASE SAVEPOINT here`).rejects.toThrow(TransactionFailedError);
        await models.$executeRaw`ROLLBACK TO SAVEPOINT here`;
        await add(models, 'kept too');
      });
      expect(await events()).toEqual(['kept', 'kept too']);
    });

    it.each(['ReadCommitted', 'RepeatableRead', 'Serializable'] as const)('may be %s', async (isolation) => {
      const { tenantId, events, add } = await prepared();
      await wayOf(db(), tenantId)(
        async (models) => {
          await add(models, 'stored');
          if (kind === 'sqlite') return;
          const rows = await models.$queryRaw`SELECT current_setting('transaction_isolation') AS level`;
          expect(rows).toEqual([{ level: isolation.replace(/(?<=[a-z])(?=[A-Z])/, ' ').toLowerCase() }]);
        },
        { isolation },
      );
      expect(await events()).toEqual(['stored']);
    });
  });

  it('undoes what a nested one of Prisma’s own did, and no more', async () => {
    const { events, add, fail } = await prepared();
    await db().$transaction(async (outer) => {
      await add(outer, 'outer');
      await outer
        .$transaction(async (inner) => {
          await add(inner, 'inner');
          await fail(inner);
        })
        .catch(() => undefined);
      await add(outer, 'outer again');
    });
    expect(await events()).toEqual(['outer', 'outer again']);
  });

  it('rejects a list of calls as a whole', async () => {
    const { events, add, fail } = await prepared();
    const models = db() as unknown as TransactionModels;
    await expect(db().$transaction([add(models, 'a') as never, fail(models) as never])).rejects.toThrow();
    expect(await events()).toEqual([]);
  });

  it.each<[string, TransactionOptions | object]>([
    ['timeoutMs', { timeoutMs: 0 }],
    ['timeoutMs', { timeoutMs: 2 ** 31 }],
    ['retries', { retries: -1 }],
    ['retries', { retries: 1.5 }],
    ['isolation', { isolation: 'Snapshot' }],
    ['timeout', { timeout: 100 }],
  ])('refuse a wrong %s, by name', async (option, options) => {
    const ran = () => Promise.reject(new Error('it ran'));
    for (const transact of [db().transaction, db().forTenant(1).transaction]) {
      await expect(transact(ran, options as TransactionOptions)).rejects.toThrow(TypeError);
      await expect(transact(ran, options as TransactionOptions)).rejects.toThrow(option);
    }
  });

  describe('a tenant’s models', () => {
    it('have nothing with which to leave the transaction', async () => {
      const { tenantId } = await prepared();
      const members = await db()
        .forTenant(tenantId)
        .transaction(async (models) => [
          ...Object.getOwnPropertyNames(models),
          ...[
            '$transaction',
            '$connect',
            '$disconnect',
            '$extends',
            '$on',
            '$use',
            '$parent',
            '_engine',
          ].filter((name) => (models as unknown as Record<string, unknown>)[name] !== undefined),
        ]);
      expect(members.sort()).toEqual(
        [
          '$executeRaw',
          '$executeRawUnsafe',
          '$queryRaw',
          '$queryRawTyped',
          '$queryRawUnsafe',
          ...Object.values(Prisma.ModelName).map((name) => name.charAt(0).toLowerCase() + name.slice(1)),
        ].sort(),
      );
    });

    it('lead nowhere but into the transaction', async () => {
      const { tenantId, invoiceId, events } = await prepared();
      const other = await prepared();
      interface Hidden extends TransactionModels {
        $transaction(calls: unknown): Promise<unknown>;
        $parent: Hidden;
        _originalClient: Hidden;
      }
      const parentOf = (models: TransactionModels) =>
        (models.invoice as unknown as { $parent: Hidden }).$parent;
      const write = (models: TransactionModels) =>
        models.webhookEvent.create({ data: data(tenantId, invoiceId, 'escaped') });
      const read = (models: TransactionModels) =>
        models.$queryRaw<{ id: number }[]>`SELECT tenant_id AS id FROM invoices`;
      const ways: [string, (models: TransactionModels) => unknown[]][] = [
        ['a list', (models) => [parentOf(models).$transaction([write(models), read(models)])]],
        ['a list of the login', (models) => [db().$transaction([write(models), read(models)] as never)]],
        ['the parent', (models) => [write(parentOf(models)), read(parentOf(models))]],
        ['its parent', (models) => [write(parentOf(models).$parent), read(parentOf(models).$parent)]],
        [
          'the client',
          (models) => [write(parentOf(models)._originalClient), read(parentOf(models)._originalClient)],
        ],
        [
          'a transaction of the client',
          (models) => [
            parentOf(models)._originalClient.$transaction(async (found: TransactionModels) => [
              await write(found),
              await read(found),
            ]),
          ],
        ],
      ];
      for (const [way, walk] of ways) {
        let seen: unknown;
        await db()
          .forTenant(tenantId)
          .transaction(async (models) => {
            seen = await Promise.allSettled(walk(models));
            throw new Error('rolled back');
          })
          .catch(() => undefined);
        expect([way, await events()]).toEqual([way, []]);
        // What `read` finds has nothing but an id.
        if (kind === 'postgres')
          expect(JSON.stringify([way, seen], asNumbers)).not.toContain(`{"id":${other.tenantId}}`);
      }
      const kept: unknown[] = [];
      await db()
        .forTenant(tenantId)
        .transaction(async (models) => void kept.push(write(models)));
      await expect(db().$transaction(kept as never)).rejects.toThrow();
      expect(await events()).toEqual([]);
    });
  });

  describe('exact transactions', () => {
    const request = (key: string) => ({ key, requestHash: 'a'.repeat(64) });

    it('reject when a statement failed, though its error was caught', async () => {
      const { tenantId } = await prepared();
      const tenant = db().forTenant(tenantId);
      const before = await tenant.invoices({ limit: 10 });
      const broken = newInvoice({ status: 'NEVER' as never });
      const done = tenant.answerOnce(request('caught'), async (inside) => {
        await inside.createInvoice(newInvoice());
        await inside.createInvoice(broken).catch(() => undefined);
        return 'done';
      });
      await expect(done).rejects.toThrow(TransactionFailedError);
      expect(await tenant.invoices({ limit: 10 })).toEqual(before);
      expect((await tenant.answerOnce(request('caught'), async () => 'again')).repeated).toBe(false);
    });

    it('reject every call that was made in one turn behind one that fails', async () => {
      const { tenantId } = await prepared();
      const tenant = db().forTenant(tenantId);
      const before = await tenant.invoices({ limit: 10 });
      let settled: PromiseSettledResult<unknown>[] = [];
      const done = tenant.answerOnce(request('turn'), async (inside) => {
        settled = await Promise.allSettled([
          inside.createInvoice(newInvoice()),
          inside.createInvoice(newInvoice({ status: 'NEVER' as never })),
          inside.createInvoice(newInvoice()),
          inside.invoices({ limit: 10 }),
        ]);
        return 'done';
      });
      await expect(done).rejects.toThrow(TransactionFailedError);
      expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
      expect(await tenant.invoices({ limit: 10 })).toEqual(before);
    });

    it('take no more when the function has returned', async () => {
      const { tenantId } = await prepared();
      const tenant = db().forTenant(tenantId);
      const before = await tenant.invoices({ limit: 10 });
      let late: () => Promise<unknown> = async () => undefined;
      await tenant.answerOnce(request('late'), async (inside) => {
        late = () => inside.createInvoice(newInvoice());
        return 'done';
      });
      await expect(late()).rejects.toThrow(TransactionEndedError);
      expect(await tenant.invoices({ limit: 10 })).toEqual(before);
    });

    it.each(Array.from({ length: 16 }, (_, turns) => turns))(
      'store nothing of calls that were not waited for, %i turns before the function throws',
      async (turns) => {
        const { tenantId } = await prepared();
        const tenant = db().forTenant(tenantId);
        const before = await tenant.invoices({ limit: 10 });
        let calls: Promise<unknown>[] = [];
        const done = tenant.answerOnce(request('thrown'), async (inside) => {
          calls = Array.from({ length: 3 }, () => inside.createInvoice(newInvoice()));
          for (const call of calls) call.catch(() => undefined);
          for (let turn = 0; turn < turns; turn++) await Promise.resolve();
          throw new Error('thrown');
        });
        await expect(done).rejects.toThrow('thrown');
        await Promise.allSettled(calls);
        expect(await tenant.invoices({ limit: 10 })).toEqual(before);
      },
    );

    it('go on when a value was refused before it was sent', async () => {
      const { tenantId } = await prepared();
      const tenant = db().forTenant(tenantId);
      const { answer } = await tenant.answerOnce(request('refused'), async (inside) => {
        await expect(inside.createInvoice(newInvoice({ subtotal: 'x' }))).rejects.toThrow(InvalidValueError);
        return String((await inside.createInvoice(newInvoice())).id);
      });
      expect(await tenant.invoice(Number(answer))).not.toBeNull();
    });
  });

  it.each(['db.transaction', 'db.$transaction'])('does not keep close() waiting: %s', async (name) => {
    const store = await createStore();
    const config = parseConfig({ ...store.env, DB_POOL_SIZE: '2' });
    await deployMigrations(config.database);
    const client = createDbClient({ config });
    const [, wayOf] = ways.find(([way]) => way === name) as (typeof ways)[number];
    let kept: TransactionModels | undefined;
    const never = wayOf(client, 0)(
      async (models) => {
        await newTenant(models);
        kept = models;
        await new Promise(() => undefined);
      },
      { timeoutMs: 3_600_000 },
    );
    const told = never.catch((error: unknown) => error);
    await expect.poll(() => kept, { timeout: 10_000 }).toBeDefined();
    await client.close({ timeoutMs: 100 });
    await expect(kept?.tenant.count()).rejects.toThrow();
    // Prisma's own waits for the function, which is never done.
    if (!name.includes('$')) expect(await told).toBeInstanceOf(ClientClosedError);
    const after = createDbClient({ config });
    expect(await after.tenant.count()).toBe(0);
    await after.close();
    await store.drop();
  });
});
