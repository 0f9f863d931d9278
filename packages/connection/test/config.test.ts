import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createClient } from '../src/client.ts';
import { parseConfig } from '../src/config.ts';
import { ConfigurationError } from '../src/configuration-error.ts';
import { libpqVariables } from '../src/libpq-variables.ts';
import { parsePostgresUrl } from '../src/postgres-url.ts';
import { SSL_MODES } from '../src/ssl.ts';
import { describeTarget, PostgresTarget, withoutPassword } from '../src/target.ts';
import type { UrlOptions } from '../src/url-options.ts';

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
      pool: { size: 10, min: 5, timeoutSeconds: 30, recycleSeconds: 3600, statementTimeoutSeconds: 10 },
      slowQueryMs: 500,
      http: { host: '127.0.0.1', port: 3000 },
    });
  });

  it('refuses SQLite in staging and production, naming POSTGRES_URL', () => {
    expect(faultsOf({ VATEVO_ENV: 'production' })).toEqual(['POSTGRES_URL']);
    expect(faultsOf({ VATEVO_ENV: 'staging' })).toEqual(['POSTGRES_URL']);
  });

  it('reads replicas with blanks between, each with several hosts if need be', () => {
    const replicas = (env: Record<string, string>) => parseConfig(env).replicas;
    const urls = 'postgresql://app@r1,r2/vatevo?target_session_attrs=standby  postgresql://app@r3/vatevo';
    expect(replicas({ POSTGRES_URL: URL_WITH_SECRET })).toBeUndefined();
    const found = replicas({ POSTGRES_URL: URL_WITH_SECRET, POSTGRES_REPLICA_URLS: urls });
    expect(found?.targets.map(({ hosts }) => hosts.map(({ host }) => host))).toEqual([['r1', 'r2'], ['r3']]);
    expect(found?.maxLagMs).toBe(1000);
    expect(faultsOf({ POSTGRES_REPLICA_URLS: urls })).toEqual(['POSTGRES_REPLICA_URLS']);
    const wrong = {
      POSTGRES_URL: URL_WITH_SECRET,
      POSTGRES_REPLICA_URLS: 'mysql://r',
      DB_REPLICA_MAX_LAG_MS: '1',
    };
    expect(faultsOf(wrong)).toEqual(['DB_REPLICA_MAX_LAG_MS', 'POSTGRES_REPLICA_URLS']);
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

  it("takes Prisma's parameters of the pool, unless a variable says something else", () => {
    const url = `${URL_WITH_SECRET}?connection_limit=3&pool_timeout=7`;
    expect(parseConfig({ POSTGRES_URL: url }).pool).toMatchObject({ size: 3, min: 3, timeoutSeconds: 7 });
    expect(parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '3' }).pool.size).toBe(3);
    expect(() => parseConfig({ POSTGRES_URL: url, DB_POOL_SIZE: '5', DB_POOL_TIMEOUT: '9' })).toThrow(
      /says connection_limit=3, but DB_POOL_SIZE says 5.*\n.*says pool_timeout=7, but DB_POOL_TIMEOUT says 9/,
    );
    // Prisma's word for "wait for ever".
    const { pool, database } = parseConfig({ POSTGRES_URL: `${URL_WITH_SECRET}?pool_timeout=0` });
    expect(pool.timeoutSeconds).toBe(30);
    expect(database).toMatchObject({
      warning: expect.stringContaining('pool_timeout (use DB_POOL_TIMEOUT)'),
    });
  });

  it('takes the password from a file, and not from two places', () => {
    const POSTGRES_PASSWORD_FILE = '/run/secrets/password';
    const { database } = parseConfig({ POSTGRES_URL: 'postgresql://app@h/d', POSTGRES_PASSWORD_FILE });
    expect(database).toMatchObject({ passwordFile: POSTGRES_PASSWORD_FILE });
    expect(faultsOf({ POSTGRES_URL: URL_WITH_SECRET, POSTGRES_PASSWORD_FILE })).toEqual(['POSTGRES_URL']);
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
    '"postgresql://app:pw@host/db"',
    'postgresql://app:pw@host/db?schema=mine',
    'postgresql://app:pw@host/db?host=elsewhere',
    'postgresql://app:pw@host/db?connect_timeout=soon',
    'postgresql://app:pw@host/db?sslmode=require&sslmode=disable',
    'postgresql://app:pw@host/db?options=%zz',
    'postgresql://app:pw@host/db?sslmode=sometimes',
    // Mistyped, and what would protect.
    'postgresql://app:pw@host/db?slmode=require',
    'postgresql://app:pw@host/db?sslMode=require',
    'postgresql://app:pw@host/db?ssl_mode=require',
    'postgresql://app:pw@host/db?conect_timeout=3',
    'postgresql://app:pw@host/db?tlsVersion=3',
    'postgresql://app:pw@host/db?require_auth=scram-sha-256',
    'postgresql://app:pw@host/db?hostaddr=10.0.0.1',
    'postgresql://app:pw@host/db?gssencmode=require',
    // Contradictions.
    'postgresql://app:pw@host/db?ssl=true&sslmode=disable',
    'postgresql://app:pw@host/db?ssl=false&sslmode=require',
    'postgresql://app:pw@host/db?ssl=maybe',
    'postgresql://app:pw@host/db?sslmode=verify-full&sslaccept=accept_invalid_certs',
    'postgresql://app:pw@host/db?sslmode=disable&sslaccept=strict',
    'postgresql://app:pw@host/db?sslmode=disable&channel_binding=require',
    'postgresql://app:pw@host/db?sslmode=prefer&sslnegotiation=direct',
    'postgresql://app:pw@host/db?sslmode=no-verify&sslrootcert=/ca.pem',
    'postgresql://app:pw@host/db?sslcert=/client.pem',
    'postgresql://app:pw@host/db?sslcert=/a.pem&sslkey=/a.key&sslidentity=/a.p12',
    'postgresql://app:pw@host/db?sslcrl=/crl.pem',
    'postgresql://app:pw@host/db?user=other',
    'postgresql://app:pw@host/db?password=other',
    'postgresql://app:pw@host/db?dbname=other',
    'postgresql://app:pw@one,two/db?port=1,2,3',
    'postgresql://app:pw@one,/db',
    'postgresql://app:pw@one:0,two/db',
    'postgresql://app:pw@one,two:99999/db',
    'postgresql://app:pw@one,two/db?target_session_attrs=leader',
    'postgresql://app:pw@host/db?connection_limit=0',
    'postgresql://app:pw@host/db?keepalives=yes',
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

  it('takes what asks for nothing else than what holds anyhow, without a word', () => {
    for (const said of [
      'schema=public&channel_binding=prefer&gssencmode=disable',
      'pgbouncer=true&statement_cache_size=0&uselibpqcompat=true',
      'target_session_attrs=any&load_balance_hosts=disable&client_encoding=UTF8&sslnegotiation=postgres',
    ]) {
      const target = parsePostgresUrl(`postgresql://a:b@c/d?${said}`);
      expect(target).toEqual(parsePostgresUrl('postgresql://a:b@c/d'));
    }
  });

  it('passes over what means nothing here, with one warning that names what does it', () => {
    const { warning } = parsePostgresUrl(
      'postgresql://a:hunter2@c/d?max_connection_lifetime=9&passfile=/x&tcp_user_timeout=3&nonsense=hunter2',
    );
    expect(warning).toBe(
      'POSTGRES_URL has parameters that mean nothing here and are passed over: max_connection_lifetime ' +
        '(use DB_POOL_RECYCLE), passfile (use POSTGRES_PASSWORD_FILE), tcp_user_timeout (the operating system ' +
        'sets it), nonsense (it is unknown).',
    );
    // A child process that gets the URL without its password says it no second time.
    expect(withoutPassword(parsePostgresUrl('postgresql://a@c/d?nonsense=1'))).not.toContain('nonsense');
  });

  it('says the warning once, whoever connects and how often', async () => {
    const said: string[] = [];
    const listen = ({ message }: Error) => said.push(message);
    process.on('warning', listen);
    const target = parsePostgresUrl('postgresql://a:b@c/d?max=9');
    for (const each of [target, target, target.with({ database: 'other' })]) createClient(each);
    await new Promise((resolve) => setImmediate(resolve));
    process.off('warning', listen);
    expect(said).toEqual([target.warning]);
  });

  it("tells PostgreSQL's own programs the same, without the password", () => {
    const query =
      'target_session_attrs=read-write&load_balance_hosts=random&sslmode=verify-full&sslrootcert=/ca.pem&options=-c%20x=1';
    expect(libpqVariables(parsePostgresUrl(`postgresql://u:hunter2@h1:1,h2:2/d?${query}`))).toEqual({
      PGHOST: 'h1,h2',
      PGPORT: '1,2',
      PGTARGETSESSIONATTRS: 'read-write',
      PGLOADBALANCEHOSTS: 'random',
      PGUSER: 'u',
      PGDATABASE: 'd',
      PGOPTIONS: '-c x=1',
      PGSSLMODE: 'verify-full',
      PGSSLROOTCERT: '/ca.pem',
    });
  });

  it('says which parameter was meant by one that is mistyped', () => {
    for (const [written, meant] of [
      ['slmode=require', 'sslmode'],
      ['SSLMODE=require', 'sslmode'],
      ['sslrootcret=/ca.pem', 'sslrootcert'],
      ['aplication_name=x', 'application_name'],
      ['target-session-attrs=any', 'target_session_attrs'],
    ]) {
      expect(() => parsePostgresUrl(`postgresql://a:b@c/d?${written}`)).toThrow(
        `has an unknown parameter that looks like ${meant}; allowed: ${meant}`,
      );
    }
  });

  it("honours other tools' words for TLS", () => {
    const ssl = (said: string, options?: UrlOptions) =>
      parsePostgresUrl(`postgresql://a:b@c/d?${said}`, options).ssl;
    expect(ssl('ssl=true')).toEqual({ mode: 'require' });
    expect(ssl('ssl=false', { defaultSslMode: 'require' })).toEqual({ mode: 'disable' });
    expect(ssl('ssl=true&sslmode=verify-ca&sslrootcert=/ca.pem').mode).toBe('verify-ca');
    expect(ssl('sslmode=no-verify')).toEqual({ mode: 'require' });
    expect(ssl('sslmode=allow')).toEqual({ mode: 'prefer' });
    expect(ssl('sslaccept=strict')).toEqual({ mode: 'verify-full', rootCertFile: 'system' });
    expect(ssl('sslmode=require&sslaccept=strict&sslrootcert=/ca.pem')).toEqual({
      mode: 'verify-full',
      rootCertFile: '/ca.pem',
    });
    expect(ssl('sslmode=require&sslaccept=accept_invalid_certs')).toEqual({ mode: 'require' });
    expect(ssl('sslrootcert=system')).toEqual({ mode: 'verify-full', rootCertFile: 'system' });
    expect(ssl('channel_binding=require')).toEqual({ mode: 'require', channelBinding: 'require' });
    expect(ssl('channel_binding=require', { sslMode: 'verify-full', rootCertFile: 'system' })).toMatchObject({
      mode: 'verify-full',
      channelBinding: 'require',
    });
    expect(ssl('sslmode=require&ssl_min_protocol_version=TLSv1.3&sslnegotiation=direct')).toEqual({
      mode: 'require',
      minVersion: 'TLSv1.3',
      negotiation: 'direct',
    });
  });

  it('reads client certificates, and shows the password of their key nowhere', () => {
    const target = parsePostgresUrl(
      'postgresql://a@c/d?sslmode=require&sslcert=/c.pem&sslkey=/c.key&sslpassword=correct%20horse',
    );
    expect(target.ssl).toEqual({ mode: 'require', certFile: '/c.pem', keyFile: '/c.key' });
    expect(target.keyPassword).toBe('correct horse');
    const shown = [inspect(target), JSON.stringify(target), withoutPassword(target), inspect({ ...target })];
    for (const text of shown) expect(text).not.toMatch(/correct.*horse/);
    expect(parsePostgresUrl(withoutPassword(target)).ssl).toEqual(target.ssl);
  });

  it.each([
    ['postgresql://u:p@h1,u:p@h2/db', 'has an @ before the second of several hosts'],
    ['postgresql://u:p@h1;h2/db', 'has a host that no host can be called'],
    ['postgresql://u:p@h1%2Ch2/db', 'has a host that no host can be called'],
    ['postgresql://u:p@h1:1,h2/db?port=2', 'says one port in its address and another in a parameter'],
    ['postgresql://u:p@h1,,h2/db', 'names no host'],
  ])('refuses hosts that would lead elsewhere: %s', (url, problem) => {
    expect(() => parsePostgresUrl(url)).toThrow(problem);
  });

  it('reads several hosts in each of their forms', () => {
    const hosts = (url: string) => parsePostgresUrl(url).hosts.map(({ host, port }) => `${host} ${port}`);
    expect(hosts('postgresql://u:p@h1:5433,h2/db')).toEqual(['h1 5433', 'h2 5432']);
    expect(hosts('postgresql://u:p%40@[::1]:5433,[fe80::2],h%2D3:1/db')).toEqual([
      '::1 5433',
      'fe80::2 5432',
      'h-3 1',
    ]);
    expect(hosts('postgresql://u:p@/db?host=h1,h2&port=1,2')).toEqual(['h1 1', 'h2 2']);
    expect(hosts('postgresql://u:p@/db?host=h1,h2&port=7')).toEqual(['h1 7', 'h2 7']);
    expect(hosts('postgresql:///db?host=h1&user=u&password=p')).toEqual(['h1 5432']);
    expect(hosts('postgresql://u:p@h1,h2:5433,h1:5432/db')).toEqual(['h1 5432', 'h2 5433']);
    expect(hosts('postgresql://u:p@h1:7,h2/db?port=7')).toEqual(['h1 7', 'h2 7']);
    const target = parsePostgresUrl(
      'postgresql://u:p@h1,[::2]:3/db?target_session_attrs=prefer-standby&load_balance_hosts=random&keepalives=0',
    );
    expect(target).toMatchObject({ sessionAttributes: 'prefer-standby', loadBalanceHosts: true });
    expect(describeTarget(target)).toBe('postgresql://u@h1:5432,[::2]:3/db (sslmode=disable)');
    expect(parsePostgresUrl(withoutPassword(target))).toEqual(target.with({ password: undefined }));
    // Another host is one host.
    expect(target.with({ port: 9 }).hosts).toEqual([{ host: 'h1', port: 9 }]);
    expect(target.with({ database: 'other' }).hosts).toHaveLength(2);
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
