import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { expect, it } from 'vitest';
import type { NpmApplication } from './applications/application.ts';
import { install } from './applications/install.ts';
import { Installed } from './applications/serve.ts';
import { strapi } from './applications/strapi.ts';
import { vendure } from './applications/vendure.ts';
import { LONG, move } from './move.ts';

const MINUTES = 60_000;

it.runIf(LONG).each<{ name: string; application: NpmApplication }>([
  { name: 'Strapi', application: strapi },
  { name: 'Vendure', application: vendure },
])(
  '$name (installed from npm at the first run) answers on PostgreSQL as it did on SQLite',
  async ({ name, application }) => {
    const installed = await install(name, application);
    const folder = mkdtempSync(join(tmpdir(), 'vatevo-application-'));
    const database = await testDatabase();
    try {
      const source = join(folder, 'data.db');
      const onSqlite = new Installed(application, installed, { sqlite: source });
      await onSqlite.createTables();
      const before = await onSqlite.serve(async (api) => {
        await application.signUp(api);
        await application.fill(api);
        return application.read(api);
      });
      const onPostgres = new Installed(application, installed, { postgres: database.url });
      await onPostgres.createTables(onSqlite);
      await move(source, database.url, '--seeded', 'replace');
      await onPostgres.serve(async (api) => {
        await application.signIn(api);
        expect(await application.read(api)).toEqual(before);
        await application.goOn(api);
      });
    } finally {
      await database.drop();
      rmSync(folder, { recursive: true });
    }
  },
  30 * MINUTES,
);
