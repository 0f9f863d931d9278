import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Config, parseConfig } from '@vatevo/connection';
import { createDbClient } from '@vatevo/db';
import { type LocalPostgres, startLocalPostgres } from '@vatevo/local-postgres';
import { openSchemaEngine } from '@vatevo/schema-engine';
import { type Certificates, hasOpenssl, makeCertificates } from '@vatevo/test-kit/certificates';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { call } from './support/call.ts';
import { sql } from './support/sql.ts';

type Environment = Readonly<Record<string, string>>;
/** What comes of a connection: encrypted, in clear text, or none because of TLS. */
type Answer = 'encrypted' | 'clear' | 'tls';

const MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;

/** libpq's answers, in the order of the modes. */
const EXPECTED: Readonly<Record<string, readonly Answer[]>> = {
  'a server with TLS': ['clear', 'encrypted', 'encrypted', 'encrypted', 'encrypted'],
  'a server without TLS': ['clear', 'clear', 'tls', 'tls', 'tls'],
  'a certificate for another name': ['clear', 'encrypted', 'encrypted', 'encrypted', 'tls'],
  'a certificate of an unknown authority': ['clear', 'encrypted', 'encrypted', 'tls', 'tls'],
  'an expired certificate': ['clear', 'encrypted', 'encrypted', 'tls', 'tls'],
};

/** Without DB_SSL_MODE: the answers with TLS, and without. */
const DEFAULTS: Readonly<Record<string, readonly [Answer, Answer]>> = {
  development: ['clear', 'clear'],
  test: ['clear', 'clear'],
  staging: ['encrypted', 'clear'],
  production: ['encrypted', 'tls'],
};

let certificates: Certificates;
let secure: LocalPostgres;
let outdated: LocalPostgres;
let plain: LocalPostgres;
let folder: string;
const cases = new Map<string, { env: Environment; expected: Answer }>();
/** What `ops:check-connection` found, by case. */
const checked = new Map<string, Answer>();

beforeAll(async () => {
  if (!hasOpenssl()) return;
  certificates = makeCertificates();
  secure = await startLocalPostgres({ tls: certificates.server });
  outdated = await startLocalPostgres({ tls: certificates.expired });
  plain = await startLocalPostgres();
  for (const [situation, answers] of Object.entries(EXPECTED)) {
    for (const [index, mode] of MODES.entries()) {
      const env = { POSTGRES_URL: urlFor(situation), DB_SSL_MODE: mode, ...trustFor(situation, mode) };
      cases.set(`${situation}, ${mode}`, { env, expected: answers[index] as Answer });
    }
  }
  for (const [environment, [withTls, without]] of Object.entries(DEFAULTS)) {
    const env = { VATEVO_ENV: environment };
    const onTls = { ...env, POSTGRES_URL: urlFor('a server with TLS') };
    cases.set(`a server with TLS, ${environment}`, { env: onTls, expected: withTls });
    const onPlain = { ...env, POSTGRES_URL: plain.url() };
    cases.set(`a server without TLS, ${environment}`, { env: onPlain, expected: without });
  }
  await checkAll();
});
afterAll(async () => {
  for (const server of [secure, outdated, plain]) await server?.dispose();
  certificates?.remove();
  if (folder) await rm(folder, { recursive: true });
});

/** The certificate is for the name localhost and for no address. */
function urlFor(situation: string): string {
  if (situation === 'a server without TLS') return plain.url();
  if (situation === 'a certificate for another name') return secure.url();
  const server = situation === 'an expired certificate' ? outdated : secure;
  return server.url().replace('@127.0.0.1:', '@localhost:');
}

function trustFor(situation: string, mode: (typeof MODES)[number]): Environment {
  if (!mode.startsWith('verify')) return {};
  const authority = situation === 'a certificate of an unknown authority' ? 'other' : 'ca';
  return { DB_SSL_ROOT_CERT: certificates.authority(authority) };
}

/** One run of the command over all the cases, each one an environment of its own. */
async function checkAll(): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'vatevo-tls-modes-'));
  const files = new Map<string, string>();
  for (const [name, { env }] of cases) {
    const file = join(folder, `${files.size}.env`);
    await writeFile(
      file,
      Object.entries(env)
        .map(([variable, value]) => `${variable}='${value}'\n`)
        .join(''),
    );
    files.set(file, name);
  }
  const { stdout } = await call(['check-connection', '--json', '--env-file', ...files.keys()], {});
  for (const { file, tls, error } of JSON.parse(stdout).environments) {
    const answer = tls ? (tls.used ? 'encrypted' : 'clear') : String(error?.kind).split('/')[1];
    checked.set(files.get(file) as string, answer as Answer);
  }
}

async function askClient(config: Config): Promise<Answer> {
  const db = createDbClient({ config });
  try {
    const check = await db.checkDatabase();
    if (!check.ok) return check.reason as Answer;
    const [row] = await db.$queryRaw<{ ssl: boolean }[]>`
      SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()`;
    return row?.ssl ? 'encrypted' : 'clear';
  } finally {
    await db.close();
  }
}

async function askEngine({ database: target }: Config): Promise<Answer> {
  if (target.kind !== 'postgres') throw new Error('These cases are about PostgreSQL.');
  const engine = openSchemaEngine({ target });
  try {
    await engine.version();
    // The engine does not tell; the server knows of every session.
    return await sslOf(target.database);
  } catch (error) {
    return (error as { cause?: { reason?: Answer } }).cause?.reason ?? Promise.reject(error);
  } finally {
    await engine.close();
  }
}

async function sslOf(database: string): Promise<Answer> {
  const sessions = `SELECT ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid)
                     WHERE application_name = 'vatevo schema engine'`;
  for (const server of [secure, outdated, plain]) {
    const [row] = await sql<{ ssl: boolean }>(server.url(database), sessions);
    if (row) return row.ssl ? 'encrypted' : 'clear';
  }
  throw new Error('The engine has no session on any server.');
}

const names = [
  ...Object.keys(EXPECTED).flatMap((situation) => MODES.map((mode) => `${situation}, ${mode}`)),
  ...Object.keys(DEFAULTS).flatMap((name) => [`a server with TLS, ${name}`, `a server without TLS, ${name}`]),
];

const title =
  'the client, the schema engine and ops:check-connection (skipped where there is no openssl) agree on';
describe.skipIf(!hasOpenssl())(title, () => {
  it.each(names)('%s', async (name) => {
    const { env, expected } = cases.get(name) as { env: Environment; expected: Answer };
    const config = parseConfig(env);
    expect({
      client: await askClient(config),
      engine: await askEngine(config),
      command: checked.get(name),
    }).toEqual({ client: expected, engine: expected, command: expected });
  });
});
