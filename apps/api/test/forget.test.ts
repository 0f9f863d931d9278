import { createTestDatabase } from '@vatevo/db/testing';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { createLog } from '../src/log.ts';
import { forgetOldRows } from '../src/retention/forget.ts';

it('says in the log, once, why old rows stay', async () => {
  const database = await createTestDatabase({ postgres: await testServerUrl() });
  onTestFinished(() => database.drop());
  const { db } = database;
  await db.$executeRaw`REVOKE EXECUTE ON FUNCTION vatevo_forget_answers FROM vatevo_jobs, PUBLIC`;
  const lines: string[] = [];
  const log = createLog({ write: (line) => void lines.push(line) });
  const retention = { answersMs: 1, eventsMs: undefined };
  const gate = { lastFound: undefined, check: async () => ({ ready: true }) as const };
  let rounds = 0;
  const isAsked = { ...gate, check: () => gate.check().finally(() => rounds++) };
  const stop = forgetOldRows({ db, gate: isAsked, log, retention, forgotten: () => undefined, againMs: 20 });
  onTestFinished(stop);
  await expect.poll(() => rounds).toBeGreaterThan(3);
  const said = lines.filter((line) => line.includes('old rows are not deleted'));
  expect(said).toHaveLength(1);
  expect(JSON.parse(said[0] as string)).toMatchObject({
    level: 'error',
    err: { message: expect.stringContaining('permission denied for function vatevo_forget_answers') },
  });
});
