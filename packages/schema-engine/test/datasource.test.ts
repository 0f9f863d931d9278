import { describe, expect, it } from 'vitest';
import { readTarget } from '../src/cli/datasource.ts';

const URL = 'postgresql://app@h1:5432,h2:5433/shop?target_session_attrs=read-write';
const POSTGRES_URL = URL.replace('app@', 'app:hunter2@');

/** Where the password of the URL that the CLI passes comes from. */
function secretsOf(url: string, env: Record<string, string>) {
  const target = readTarget(url, env);
  if (target.kind === 'sqlite') throw new Error('It is a SQLite file.');
  const { password, passwordFile, keyPassword } = target;
  return { password, passwordFile, keyPassword };
}

describe('the password of a URL that comes without it', () => {
  it('is that of POSTGRES_URL, on the same hosts and for the same user alone', () => {
    expect(secretsOf(URL, { POSTGRES_URL }).password).toBe('hunter2');
    expect(secretsOf(URL.replace('shop', 'shadow'), { POSTGRES_URL }).password).toBe('hunter2');
    expect(secretsOf(URL.replace('5433', '5434'), { POSTGRES_URL }).password).toBeUndefined();
    expect(secretsOf(URL.replace('app@', 'other@'), { POSTGRES_URL }).password).toBeUndefined();
    expect(secretsOf(URL.replace('h2', 'h3'), { POSTGRES_URL, PGPASSWORD: 'x' }).password).toBe('x');
  });

  it('is in the file that POSTGRES_PASSWORD_FILE names, under the same condition', () => {
    const env = { POSTGRES_URL: URL, POSTGRES_PASSWORD_FILE: '/run/secrets/password' };
    expect(secretsOf(URL, env)).toEqual({ passwordFile: '/run/secrets/password' });
    expect(secretsOf(URL.replace('h2', 'h3'), env)).toEqual({});
  });

  it('of the key of a client certificate comes with it', () => {
    const query = '&sslmode=require&sslcert=/c.pem&sslkey=/c.key';
    const env = { POSTGRES_URL: `${POSTGRES_URL}${query}&sslpassword=battery-staple` };
    expect(secretsOf(`${URL}${query}`, env)).toEqual({ password: 'hunter2', keyPassword: 'battery-staple' });
  });
});
