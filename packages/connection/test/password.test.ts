import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from 'node:util';
import { testServerUrl } from '@vatevo/local-postgres/vitest';
import { expect, it, onTestFinished } from 'vitest';
import { connect } from '../src/connect.ts';
import type { PasswordRequest } from '../src/password-source.ts';
import { parsePostgresUrl } from '../src/postgres-url.ts';
import { redact } from '../src/redact.ts';
import { describeTarget, type PostgresTarget } from '../src/target.ts';

const server = async () => parsePostgresUrl(await testServerUrl());

const outcome = (target: PostgresTarget) =>
  connect(target).then(
    async (client) => {
      await client.end();
      return 'connected';
    },
    (error) => error as Error & { reason: string },
  );

/** A login with a password that can be changed. */
async function makeLogin(
  password: string,
): Promise<{ target: PostgresTarget; change(to: string): Promise<void> }> {
  const target = await server();
  const admin = await connect(target);
  const user = `login_${Math.random().toString(36).slice(2)}`;
  await admin.query(`CREATE ROLE ${user} LOGIN PASSWORD '${password}'`);
  onTestFinished(async () => {
    await admin.query(`DROP ROLE ${user}`);
    await admin.end();
  });
  return {
    target: target.with({ user, password: undefined }),
    change: async (to) => void (await admin.query(`ALTER ROLE ${user} PASSWORD '${to}'`)),
  };
}

it('asks a function at each new connection, and takes what it gave out of all that is shown', async () => {
  const { target, change } = await makeLogin('token-number-1');
  const asked: PasswordRequest[] = [];
  const tokens = ['token-number-1', 'token-number-2', 'token-number-3'];
  const with_ = target.with({
    passwordSource: async (request) => {
      asked.push(request);
      return tokens[asked.length - 1] as string;
    },
  });
  expect(await outcome(with_)).toBe('connected');
  await change('token-number-2');
  expect(await outcome(with_)).toBe('connected');
  const refused = await outcome(with_);
  expect(refused).toMatchObject({ reason: 'authentication' });
  const { host, port, user, database } = target;
  expect(asked).toEqual([1, 2, 3].map(() => ({ host, port, user, database })));
  expect(redact('a token-number-1, b token-number-3')).toBe('a ***, b ***');
  for (const shown of [inspect(refused), inspect(with_), JSON.stringify(with_), describeTarget(with_)]) {
    expect(shown).not.toContain('token-number');
  }
});

it('says so when the function fails or gives no text', async () => {
  const { target } = await makeLogin('x');
  const fails = (source: () => never) => outcome(target.with({ passwordSource: source }));
  expect(
    await fails(() => {
      throw new Error('the token service is away');
    }),
  ).toMatchObject({
    reason: 'authentication',
    message: expect.stringContaining('the token service is away'),
  });
  expect(await fails(() => 5 as never)).toMatchObject({ message: expect.stringContaining('gave no text') });
});

it('reads a file at each new connection', async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'vatevo-password-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const passwordFile = path.join(folder, 'password');
  const { target, change } = await makeLogin('first-one');
  const reading = target.with({ passwordFile });
  expect(await outcome(reading)).toMatchObject({
    reason: 'authentication',
    message: expect.stringContaining('POSTGRES_PASSWORD_FILE'),
  });
  writeFileSync(passwordFile, 'first-one\n');
  expect(await outcome(reading)).toBe('connected');
  await change('second-one');
  writeFileSync(passwordFile, 'second-one\r\n');
  expect(await outcome(reading)).toBe('connected');
  expect(redact('first-one second-one')).toBe('*** ***');
  writeFileSync(passwordFile, '\n');
  expect(await outcome(reading)).toMatchObject({ message: expect.stringContaining('is empty') });
});
