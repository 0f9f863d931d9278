import { cpSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prismaFolder } from '@vatevo/db/migrations';
import { execa } from 'execa';
import { childEnv } from '../demo/child-env.ts';
import { root } from '../demo/paths.ts';
import type { CommandOptions } from './command.ts';

/** The migration of a release that comes while failback is open: a new table, and a column of an old one. */
const NEXT = {
  name: '29990101000000_drill',
  postgres: `
    CREATE TABLE "drill_notes" ("id" SERIAL NOT NULL, "tenant_id" INTEGER NOT NULL, "note" TEXT NOT NULL,
      CONSTRAINT "drill_notes_pkey" PRIMARY KEY ("tenant_id", "id"),
      CONSTRAINT "drill_notes_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id"));
    ALTER TABLE "invoices" ADD COLUMN "channel" TEXT;`,
  sqlite: `
    CREATE TABLE "drill_notes" ("id" INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, "tenant_id" INTEGER NOT NULL,
      "note" TEXT NOT NULL, CONSTRAINT "drill_notes_tenant_id_fkey" FOREIGN KEY ("tenant_id") REFERENCES "tenants" ("id"));
    ALTER TABLE "invoices" ADD COLUMN "channel" TEXT;`,
} as const;

/**
 * Makes the migrations of a release after this one: those of this one, and one more for both databases.
 *
 * @returns the variables by which a command works with them
 */
export function makeNextRelease(folder: string): Record<string, string> {
  cpSync(prismaFolder, folder, { recursive: true });
  for (const kind of ['postgres', 'sqlite'] as const) {
    const migration = join(folder, kind, 'migrations', NEXT.name);
    mkdirSync(migration);
    writeFileSync(join(migration, 'migration.sql'), NEXT[kind]);
  }
  return { VATEVO_PRISMA_FOLDER: folder };
}

/** `pnpm db:deploy`. */
export async function deploy({ env, url, release }: CommandOptions): Promise<void> {
  const program = join(root, 'packages/db/bin/vatevo-db.mjs');
  const { exitCode, stderr } = await execa(process.execPath, [program, 'deploy'], {
    cwd: root,
    env: childEnv(env, { POSTGRES_URL: url, ...release }),
    extendEnv: false,
    stdin: 'ignore',
    stdout: 'ignore',
    reject: false,
  });
  if (exitCode !== 0) throw new Error(`db:deploy ended with code ${exitCode}: ${stderr.trim()}`);
}
