import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../src/config.ts';
import { ConfigurationError } from '../src/configuration-error.ts';
import { parsePostgresUrl } from '../src/postgres-url.ts';
import { SSL_MODES } from '../src/ssl.ts';
import { describeTarget, PostgresTarget, withoutPassword } from '../src/target.ts';

const URL_WITH_SECRET = 'postgresql://app:hunter2@db.example:6543/vatevo';

function faultsOf(env: Record<string, string>): string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.faults.map(({ variable }) => variable);
    throw error;
  }
  return [];
}

describe('parseConfig', () => {
  it('gives SQLite and documented defaults when nothing is set', () => {
    expect(parseConfig({ POSTGRES_URL: '', DB_POOL_SIZE: '' })).toEqual({
      environment: 'development',
      database: { kind: 'sqlite', file: './vatevo.db' },
      pool: { size: 10, min: 5, timeoutSeconds: 30, recycleSeconds: 3600 },
      slowQueryMs: 500,
      http: { host: '127.0.0.1', port: 3000 },
    });
  });

  it('refuses SQLite in staging and production, naming POSTGRES_URL', () => {
    expect(faultsOf({ VATEVO_ENV: 'production' })).toEqual(['POSTGRES_URL']);
    expect(faultsOf({ VATEVO_ENV: 'staging' })).toEqual(['POSTGRES_URL']);
  });

  it('takes the TLS mode from DB_SSL_MODE, else the URL, else the environment', () => {
    const mode = (env: Record<string, string>) => {
      const { database } = parseConfig(env);
      return database.kind === 'postgres' ? database.ssl.mode : undefined;
    };
    expect(mode({ POSTGRES_URL: URL_WITH_SECRET })).toBe('disable');
    expect(mode({ POSTGRES_URL: URL_WITH_SECRET, VATEVO_ENV: 'staging' })).toBe('prefer');
    expect(mode({ POSTGRES_URL: URL_WITH_SECRET, VATEVO_ENV: 'production' })).toBe('require');
    const verifying = `${URL_WITH_SECRET}?sslmode=verify-ca&sslrootcert=/ca.pem`;
    expect(mode({ POSTGRES_URL: verifying, VATEVO_ENV: 'production' })).toBe('verify-ca');
    expect(mode({ POSTGRES_URL: `${URL_WITH_SECRET}?sslmode=require`, DB_SSL_MODE: 'require' })).toBe(
      'require',
    );
    expect(faultsOf({ POSTGRES_URL: `${URL_WITH_SECRET}?sslmode=require`, DB_SSL_MODE: 'disable' })).toEqual([
      'POSTGRES_URL',
    ]);
  });

  it('reports every fault at once and repeats no value', () => {
    const env = {
      VATEVO_ENV: 'prod-hunter2',
      PORT: '99999',
      DB_POOL_SIZE: '0',
      DB_POOL_TIMEOUT: 'hunter2',
      DB_POOL_RECYCLE: '-1',
      DB_SLOW_QUERY_MS: '0.5',
      DB_SSL_MODE: 'yes',
      POSTGRES_URL: 'mysql://app:hunter2@db/vatevo',
    };
    expect(faultsOf(env).sort()).toEqual(Object.keys(env).sort());
    expect(() => parseConfig(env)).toThrow(
      /DB_POOL_SIZE has a value that cannot be used; allowed: a whole number from 1 to 1000/,
    );
    try {
      parseConfig(env);
    } catch (error) {
      expect(inspect(error)).not.toContain('hunter2');
    }
  });

  it('finds faults of one variable whatever is wrong with the others', () => {
    expect(faultsOf({ PORT: 'x', VATEVO_ENV: 'production' })).toEqual(['PORT', 'POSTGRES_URL']);
    expect(faultsOf({ PORT: 'x', POSTGRES_URL: URL_WITH_SECRET, DATABASE_URL: URL_WITH_SECRET })).toEqual([
      'PORT',
      'DATABASE_URL',
    ]);
    // Whether SQLite is allowed and which TLS mode holds depend on the environment, which is not known here.
    expect(faultsOf({ VATEVO_ENV: 'prod' })).toEqual(['VATEVO_ENV']);
  });

  it('keeps five connections open, or all when fewer, or as many as DB_POOL_MIN says', () => {
    expect(parseConfig({ DB_POOL_SIZE: '3' }).pool).toMatchObject({ size: 3, min: 3 });
    expect(parseConfig({ DB_POOL_SIZE: '20', DB_POOL_MIN: '0' }).pool).toMatchObject({ size: 20, min: 0 });
    expect(faultsOf({ DB_POOL_SIZE: '3', DB_POOL_MIN: '4' })).toEqual(['DB_POOL_MIN']);
  });

  it('takes blanks around a value away, and a blank value for none', () => {
    const { http, database } = parseConfig({
      PORT: '8080\r\n',
      POSTGRES_URL: ` ${URL_WITH_SECRET}\n`,
      HOST: ' ',
    });
    expect(http).toEqual({ host: '127.0.0.1', port: 8080 });
    expect(database).toMatchObject({ database: 'vatevo' });
  });

  it('wants to know whom to trust when it is to verify', () => {
    const base = { POSTGRES_URL: URL_WITH_SECRET };
    expect(faultsOf({ ...base, DB_SSL_MODE: 'verify-full' })).toEqual(['DB_SSL_ROOT_CERT']);
    expect(faultsOf({ ...base, DB_SSL_MODE: 'verify-full', DB_SSL_ROOT_CERT: 'system' })).toEqual([]);
    // Anybody gets a certificate from a public authority, for a name of their own.
    expect(faultsOf({ ...base, DB_SSL_MODE: 'verify-ca', DB_SSL_ROOT_CERT: 'system' })).toEqual([
      'DB_SSL_ROOT_CERT',
    ]);
    expect(faultsOf({ POSTGRES_URL: 'postgres://u@%2Frun/db', DB_SSL_MODE: 'verify-full' })).toEqual([]);
  });

  it.each(['', 'vatevo.db', 'file:', 'file::memory:', 'file:x.db?mode=ro'])(
    'reads DATABASE_URL=%j',
    (url) => {
      expect(faultsOf({ DATABASE_URL: url })).toEqual(url === '' ? [] : ['DATABASE_URL']);
    },
  );

  it('does not look at NODE_ENV', () => {
    expect(parseConfig({ NODE_ENV: 'production' }).environment).toBe('development');
  });

  it('sends a PostgreSQL URL in DATABASE_URL to POSTGRES_URL', () => {
    expect(() => parseConfig({ DATABASE_URL: URL_WITH_SECRET })).toThrow(
      /DATABASE_URL holds a PostgreSQL URL.*POSTGRES_URL/,
    );
  });
});

describe('parsePostgresUrl', () => {
  it.each([
    'localhost',
    'postgresql:db',
    'postgres//x',
    'postgresql://',
    'postgresql://app@host',
    'postgresql://host/db',
    'postgresql://app:%zz@host/db',
    'postgresql://app:pw@host:99999/db',
    'postgresql://app:pw@host:0/db',
    'postgresql://app:pw@/db',
    'postgresql://app:pw@%zz/db',
    'postgresql://app:pw@host/db/more',
    'postgresql://app:pw@host/db#x',
    'postgresql://app:p%00w@host/db',
    'postgresql://app:pw@one,two/db',
    '"postgresql://app:pw@host/db"',
    'postgresql://app:pw@host/db?pgbouncer=true',
    'postgresql://app:pw@host/db?schema=mine',
    'postgresql://app:pw@host/db?channel_binding=require',
    'postgresql://app:pw@host/db?host=elsewhere',
    'postgresql://app:pw@host/db?connect_timeout=soon',
    'postgresql://app:pw@host/db?sslmode=require&sslmode=disable',
    'postgresql://app:pw@host/db?options=%zz',
    'postgresql://app:pw@host/db?nonsense=1',
    'postgresql://app:pw@host/db?sslmode=sometimes',
  ])('refuses %j', (text) => {
    expect(() => parsePostgresUrl(text)).toThrow(ConfigurationError);
  });

  it.each(['?', '/', '#', ':', '@', '%', '[', ' '])(
    'repeats nothing of a password that holds a plain %j',
    (odd) => {
      // 12 could pass for a port, and the rest for a path, a parameter or a database.
      for (const password of [`hunter2${odd}hunter2`, `12${odd}hunter2=hunter2&hunter2`]) {
        try {
          parsePostgresUrl(`postgresql://app:${password}@host/db`);
        } catch (error) {
          expect(inspect(error)).not.toContain('hunter2');
        }
      }
    },
  );

  it('says what to use instead of the parameters of other tools', () => {
    expect(() => parsePostgresUrl('postgresql://a:b@c/d?connection_limit=5&pool_timeout=3')).toThrow(
      /connection_limit.*DB_POOL_SIZE.*\n.*pool_timeout.*DB_POOL_TIMEOUT/,
    );
  });

  it('takes what other tools and managed services add without effect', () => {
    const target = parsePostgresUrl(
      'postgresql://a:b@c/d?schema=public&channel_binding=prefer&gssencmode=disable',
    );
    expect(target.parameters).toEqual({});
  });

  it('reads the folder of a Unix socket in each of its forms', () => {
    for (const url of [
      'postgresql://app:pw@%2Fvar%2Frun/db',
      'postgresql://app:pw@/db?host=/var/run',
      'postgresql://app:pw@localhost/db?host=%2Fvar%2Frun',
    ]) {
      const target = parsePostgresUrl(url);
      expect(target).toMatchObject({ host: '/var/run', port: 5432 });
      expect(parsePostgresUrl(withoutPassword(target)).host).toBe('/var/run');
    }
  });

  it('keeps every part through the URL without a password', () => {
    const text = fc
      .string({ minLength: 1, maxLength: 20, unit: 'grapheme' })
      .filter((part) => !part.includes('\0'));
    fc.assert(
      fc.property(text, text, text, fc.constantFrom(...SSL_MODES), (user, database, parameter, mode) => {
        const target = new PostgresTarget({
          host: 'db.example',
          port: 6543,
          user,
          password: 'pw',
          database,
          ssl: { mode, rootCertFile: `/etc/${parameter}.pem` },
          parameters: { application_name: parameter },
          connectTimeoutSeconds: 7,
        });
        expect(parsePostgresUrl(withoutPassword(target))).toEqual(target.with({ password: undefined }));
      }),
    );
  });

  it('keeps any password, and shows it nowhere', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 12, maxLength: 40, unit: 'grapheme' }), (password) => {
        const target = parsePostgresUrl(`postgres://app:${encodeURIComponent(password)}@host:1/db`);
        expect(target.password).toBe(password);
        const shown = [
          inspect(target),
          JSON.stringify(target),
          describeTarget(target),
          withoutPassword(target),
          inspect({ ...target }),
        ];
        for (const text of shown) expect(text).not.toContain(password);
      }),
      { seed: 1 },
    );
  });

  it('reads IPv6 addresses, defaults and session parameters', () => {
    const target = parsePostgresUrl('postgres://u:p@[::1]/my%20db?application_name=x&sslrootcert=/ca.pem');
    expect(target).toMatchObject({
      host: '::1',
      port: 5432,
      database: 'my db',
      ssl: { rootCertFile: '/ca.pem' },
    });
    expect(target.parameters).toEqual({ application_name: 'x' });
    expect(parsePostgresUrl(withoutPassword(target)).with({ password: 'p' }).password).toBe('p');
  });
});
