import { ConfigurationError } from '@vatevo/connection';
import type { Run } from '@vatevo/mover';
import type { Env } from '@vatevo/shell';
import { describe, expect, it } from 'vitest';
import { chooseTarget, type UrlOptions } from '../../src/check/choose-target.ts';

const choose = (options: UrlOptions, env: Env = {}) =>
  chooseTarget(options, { env, protect: () => {} } as unknown as Run);

describe('where the URL to check comes from', () => {
  it('is POSTGRES_URL when nothing is said, and the variable named otherwise', async () => {
    const env = { POSTGRES_URL: 'postgresql://a:1@one/x', STAGING_URL: 'postgresql://b:2@two/y' };
    expect(await choose({}, env)).toMatchObject({ from: 'POSTGRES_URL', target: { host: 'one' } });
    expect(await choose({ urlEnv: 'STAGING_URL' }, env)).toMatchObject({
      from: 'STAGING_URL',
      target: { host: 'two', password: '2' },
    });
  });

  it.each([{}, { urlEnv: 'STAGING_URL' }])('is said to be missing where it is: %o', async (options) => {
    const variable = options.urlEnv ?? 'POSTGRES_URL';
    await expect(choose(options, { [variable]: '' })).rejects.toThrow(`${variable} is not set`);
  });

  it('is named in complaints about it', async () => {
    const env = { STAGING_URL: 'mysql://x:s3cret@y/z', VATEVO_ENV: 'production' };
    const refused = await choose({ urlEnv: 'STAGING_URL' }, env).catch((error) => error);
    expect(refused).toBeInstanceOf(ConfigurationError);
    expect(refused.message).toContain('STAGING_URL is not a PostgreSQL URL');
    expect(refused.message).not.toContain('s3cret');
  });

  it('may be given openly when it holds no password', async () => {
    expect(await choose({ url: 'postgresql://me@host:5433/db' })).toMatchObject({
      from: '--url',
      target: { host: 'host', port: 5433 },
    });
  });

  it.each([
    'postgresql://me:s3cret@host/db',
    'postgresql://:s3cret@host/db',
    'postgresql://me:s3/cret@host/db',
    'postgresql://me@host/db?password=s3cret',
    'host=h password=s3cret',
  ])('is refused openly with a password in it, and not repeated: %s', async (url) => {
    const refused = await choose({ url }).catch((error) => error);
    expect(refused).toMatchObject({ exitCode: 2, message: expect.stringContaining('holds a password') });
    expect(JSON.stringify([refused.message, refused.remedy])).not.toContain('cret@');
  });

  it('obeys DB_SSL_MODE and the environment’s default as POSTGRES_URL does', async () => {
    const url = 'postgresql://me@host/db';
    expect((await choose({ url }, { VATEVO_ENV: 'production' })).target.ssl.mode).toBe('require');
    expect(
      (await choose({ url }, { DB_SSL_MODE: 'verify-full', DB_SSL_ROOT_CERT: 'system' })).target.ssl.mode,
    ).toBe('verify-full');
  });
});
