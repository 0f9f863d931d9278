import { parseConfig } from '@vatevo/connection';
import { createDbClient } from '@vatevo/db';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readinessProbe } from '../src/readiness/probe.ts';
import { type Readiness, ReadinessGate } from '../src/readiness/readiness.ts';
import { engines } from './support/engines.ts';

const UNFINISHED: Readiness = { ready: false, reason: 'transfer unfinished', message: '' };

describe('ReadinessGate', () => {
  it('asks once for all who wait, and remembers the answer', async () => {
    let asked = 0;
    const gate = new ReadinessGate(async () => {
      asked += 1;
      return { ready: true };
    });
    expect(gate.lastFound).toBeUndefined();
    await Promise.all([gate.check(), gate.check(), gate.check()]);
    await gate.check();
    expect(asked).toBe(1);
    expect(gate.lastFound).toEqual({ ready: true });
  });

  it('asks again when the answer is too old', async () => {
    const answers: Readiness[] = [UNFINISHED, { ready: true }];
    const gate = new ReadinessGate(async () => answers.shift() ?? UNFINISHED, { maxAgeMs: 0 });
    expect(await gate.check()).toEqual(UNFINISHED);
    expect(await gate.check()).toEqual({ ready: true });
  });

  it('passes on that the database cannot be asked, and asks again at the next call', async () => {
    let down = true;
    const gate = new ReadinessGate(async () => {
      if (down) throw new Error('down');
      return { ready: true };
    });
    await expect(gate.check()).rejects.toThrow('down');
    down = false;
    expect(await gate.check()).toEqual({ ready: true });
  });

  it('waits no longer than its deadline for a server that is silent, and asks again then', async () => {
    let silent = false;
    const gate = new ReadinessGate(
      () => (silent ? new Promise<never>(() => undefined) : Promise.resolve({ ready: true })),
      { maxAgeMs: 0, deadlineMs: 20 },
    );
    expect(await gate.check()).toEqual({ ready: true });
    silent = true;
    await expect(gate.check()).rejects.toMatchObject({ name: 'ConnectionError', reason: 'timeout' });
    silent = false;
    expect(await gate.check()).toEqual({ ready: true });
  });
});

describe('the database', () => {
  const engine = engines.find(({ name }) => name === 'PostgreSQL') as (typeof engines)[number];
  const api = engine.startApi();

  /** What is found with another login, or with other settings of its session. */
  async function found(login: string, query = '') {
    const { database } = api.config;
    if (database.kind !== 'postgres') throw new Error('PostgreSQL it is.');
    const url = `postgresql://${login}@${database.host}:${database.port}/${database.database}${query}`;
    const db = createDbClient({ config: parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '1' }) });
    onTestFinished(() => db.close());
    return readinessProbe(db, 'postgres')();
  }

  it.each([
    ['INHERIT', { ready: true }],
    // Whose key it is is asked before anybody is acted as.
    ['NOINHERIT', { ready: false, reason: 'not prepared' }],
  ])('is asked by a login with %s of the roles', async (inherits, readiness) => {
    const login = `login_${inherits.toLowerCase()}`;
    await api.db.$executeRawUnsafe(`DROP ROLE IF EXISTS ${login}`);
    await api.db.$executeRawUnsafe(
      `CREATE ROLE ${login} LOGIN ${inherits} PASSWORD 'p' IN ROLE vatevo_app, vatevo_jobs`,
    );
    onTestFinished(async () => void (await api.db.$executeRawUnsafe(`DROP ROLE ${login}`)));
    expect(await found(`${login}:p`)).toMatchObject(readiness);
  });

  it('is not served where the roles lack rights', async () => {
    const { user, password } = api.config.database as unknown as Record<string, string>;
    await api.db.$executeRawUnsafe('REVOKE SELECT ON webhook_events FROM vatevo_app');
    onTestFinished(
      async () => void (await api.db.$executeRawUnsafe('GRANT SELECT ON webhook_events TO vatevo_app')),
    );
    expect(await found(`${user}:${password}`)).toMatchObject({ ready: false, reason: 'not prepared' });
  });

  it('is not served when no trigger and no foreign key is at work', async () => {
    const { user, password } = api.config.database as unknown as Record<string, string>;
    const off = encodeURIComponent('-c session_replication_role=replica');
    expect(await found(`${user}:${password}`, `?options=${off}`)).toMatchObject({
      ready: false,
      reason: 'triggers off',
    });
  });
});
