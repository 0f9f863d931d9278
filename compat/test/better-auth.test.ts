import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { type BetterAuthOptions, betterAuth } from 'better-auth';
import { getMigrations } from 'better-auth/db/migration';
import { admin, organization, twoFactor, username } from 'better-auth/plugins';
import Database from 'better-sqlite3';
import pg from 'pg';
import { expect, it } from 'vitest';
import { LONG, move } from './move.ts';
import { expectInReadme, versionOf } from './readme.ts';

const PEOPLE = LONG ? 50 : 2;

it('lets those who signed up on SQLite sign in on PostgreSQL', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vatevo-compat-'));
  const source = join(folder, 'auth.db');
  const database = await testDatabase();
  const file = new Database(source);
  const pool = new pg.Pool({ connectionString: database.url });
  try {
    const onSqlite = await application(file);
    for (let i = 0; i < PEOPLE; i += 1) await onSqlite.signUp(i);
    await onSqlite.found('Society for the Move');
    const before = await onSqlite.read();
    file.close();
    const onPostgres = await application(pool);
    const proposal = await move(source, database.url);
    expect(await onPostgres.read()).toEqual(before);
    await onPostgres.signIn(0);
    await onPostgres.signUp(PEOPLE);
    expectInReadme('better-auth', versionOf('better-auth'), proposal);
  } finally {
    file.close();
    await pool.end();
    await database.drop();
    rmSync(folder, { recursive: true });
  }
});

const MODELS = [
  'user',
  'account',
  'session',
  'verification',
  'organization',
  'member',
  'invitation',
  'twoFactor',
];

/** Its tables are made as `auth migrate` makes them. */
async function application(database: NonNullable<BetterAuthOptions['database']>) {
  const options = {
    database,
    secret: 'a secret of thirty-two characters, for a test',
    baseURL: 'http://localhost:3000',
    emailAndPassword: { enabled: true },
    plugins: [username(), organization(), admin(), twoFactor()],
    logger: { disabled: true },
  } satisfies BetterAuthOptions;
  const auth = betterAuth(options);
  const { runMigrations } = await getMigrations(auth.options);
  await runMigrations();
  const of = (i: number) => ({ email: `person-${i}@example.org`, password: `their password, ${i}` });
  return {
    signUp: (i: number) =>
      auth.api.signUpEmail({ body: { ...of(i), name: `Person ${i} “Ж”`, username: `person_${i}` } }),
    signIn: (i: number) => auth.api.signInEmail({ body: of(i) }),
    async found(name: string) {
      const { adapter } = await auth.$context;
      const [user] = await adapter.findMany<{ id: string }>({
        model: 'user',
        sortBy: { field: 'email', direction: 'asc' },
      });
      if (user === undefined) throw new Error('Nobody has signed up.');
      await auth.api.createOrganization({
        body: { name, slug: 'move', userId: user.id, metadata: { size: 2 } },
      });
    },
    async read() {
      const { adapter } = await auth.$context;
      const all: Record<string, unknown[]> = {};
      for (const model of MODELS) {
        all[model] = await adapter.findMany({
          model,
          limit: 1000,
          sortBy: { field: 'id', direction: 'asc' },
        });
      }
      return all;
    },
  };
}
