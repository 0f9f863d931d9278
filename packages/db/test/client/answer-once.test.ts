import { describe, expect, it } from 'vitest';
import { answerOnce } from '../../src/exact/idempotency.ts';
import type { ExactDialect, Run } from '../../src/exact/runner.ts';
import { IdempotencyKeyReusedError } from '../../src/index.ts';
import { enginesAndCluster as engines } from './support/engines.ts';
import { newInvoice, newTenant } from './support/rows.ts';

describe.each(engines)('answerOnce on $name', ({ use, kind }) => {
  const db = use();
  const request = { key: 'order-1', requestHash: 'a'.repeat(64) };

  it('does the work once and gives the same answer again', async () => {
    const tenant = db().forTenant(await newTenant(db()));
    const work = () =>
      tenant.answerOnce(request, async (inside) => JSON.stringify(await inside.createInvoice(newInvoice())));
    const first = await work();
    expect(await work()).toEqual({ answer: first.answer, repeated: true });
    expect(first.repeated).toBe(false);
    expect(await tenant.invoices({ limit: 10 })).toEqual([JSON.parse(first.answer)]);
  });

  it('does it once however many ask at the same time', async () => {
    const tenant = db().forTenant(await newTenant(db()));
    const answers = await Promise.all(
      Array.from({ length: 6 }, () =>
        tenant.answerOnce(request, async (inside) => String((await inside.createInvoice(newInvoice())).id)),
      ),
    );
    expect(new Set(answers.map(({ answer }) => answer)).size).toBe(1);
    expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
    expect(await tenant.invoices({ limit: 10 })).toHaveLength(1);
  });

  it('forgets a request that failed, with all that it did', async () => {
    const tenant = db().forTenant(await newTenant(db()));
    const failing = tenant.answerOnce(request, async (inside) => {
      await inside.createInvoice(newInvoice());
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(await tenant.invoices({ limit: 10 })).toEqual([]);
    expect(await tenant.answerOnce(request, async () => 'yes')).toEqual({ answer: 'yes', repeated: false });
  });

  it('refuses the key for another request, and keeps tenants’ keys apart', async () => {
    const tenant = db().forTenant(await newTenant(db()));
    await tenant.answerOnce(request, async () => 'mine');
    const other = { ...request, requestHash: 'b'.repeat(64) };
    await expect(tenant.answerOnce(other, async () => 'x')).rejects.toThrow(IdempotencyKeyReusedError);
    const stranger = db().forTenant(await newTenant(db()));
    expect(await stranger.answerOnce(other, async () => 'theirs')).toEqual({
      answer: 'theirs',
      repeated: false,
    });
  });

  it('forgets answers that are old enough', async () => {
    const tenant = db().forTenant(await newTenant(db()));
    await tenant.answerOnce(request, async () => 'first');
    const forget = (before: string, most = 10) => db().outbox.forgetAnswers({ before, most });
    expect(await forget('2020-01-01T00:00:00.000000Z')).toBe(0);
    expect((await tenant.answerOnce(request, async () => 'second')).answer).toBe('first');
    await tenant.answerOnce({ ...request, key: 'order-2' }, async () => 'another');
    while ((await forget('2999-01-01T00:00:00.000000Z', 1)) > 0);
    expect((await tenant.answerOnce(request, async () => 'second')).answer).toBe('second');
  });

  it.runIf(kind === 'postgres')(
    'does the work when an answer is forgotten while it is asked for',
    async () => {
      const tenantId = await newTenant(db());
      await db()
        .forTenant(tenantId)
        .answerOnce(request, async () => 'old');
      const dialect = { schema: 'public', parameter: (n: number) => `$${n}` } as ExactDialect;
      const answered = await db().transaction(async (models) => {
        let asked = 0;
        const run: Run = async (text, values) => {
          // The key is taken; before its answer is read, it is forgotten.
          if (++asked === 2) await models.idempotencyKey.deleteMany({ where: { tenantId } });
          const rows = await models.$queryRawUnsafe<Record<string, unknown>[]>(text, ...values);
          return rows.map((row) => Object.values(row));
        };
        return answerOnce(dialect, run, tenantId, request, async () => 'new');
      });
      expect(answered).toEqual({ answer: 'new', repeated: false });
    },
  );
});
