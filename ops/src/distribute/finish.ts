import type { PgClient, PostgresTarget } from '@vatevo/connection';
import { APP_ROLE, TENANT_SETTING } from '@vatevo/db/distribution';
import type { Run } from '@vatevo/mover';
import { CommandError, ExitCode } from '@vatevo/shell';
import { ensureRoles } from '../prepare/set-up-roles.ts';
import { verifySchema } from '../prepare/verify-schema.ts';
import { dropLeftParts } from './left-parts.ts';
import type { Layout } from './tables.ts';

/** What is made anew has its rights and is what the migrations make; and a tenant sees what is its own. */
export async function finish(
  client: PgClient,
  target: PostgresTarget,
  layout: Layout | undefined,
  run: Run,
): Promise<void> {
  await dropLeftParts(client);
  await ensureRoles(target, run);
  await run.report.step('Verify the schema', () => verifySchema(target));
  if (layout === undefined) return;
  await run.report.step('Ask as a tenant', async () => {
    for (const { name, by } of layout.spread) {
      const { rows } = await client.query<{ tenant: string }>(
        `SELECT min(${by})::text AS tenant FROM ${name}`,
      );
      const tenant = rows[0]?.tenant;
      if (tenant == null) continue;
      const count = async () => {
        const counted = await client.query<{ n: string }>(
          `SELECT count(*)::text AS n FROM ${name} WHERE ${by} = ${tenant}`,
        );
        return Number(counted.rows[0]?.n);
      };
      const before = await count();
      await client.query('BEGIN');
      await client.query(`SET LOCAL ${TENANT_SETTING} = '${tenant}'`);
      await client.query(`SET LOCAL ROLE ${APP_ROLE}`);
      const { rows: all } = await client.query<{ n: string }>(`SELECT count(*)::text AS n FROM ${name}`);
      await client.query('ROLLBACK');
      const after = await count();
      const seen = Number(all[0]?.n);
      // Others may write meanwhile.
      if (seen >= Math.min(before, after) && seen <= Math.max(before, after)) continue;
      throw new CommandError(
        ExitCode.differs,
        `Tenant ${tenant} has ${after} rows of ${name}, and sees ${seen} of them.`,
        { remedy: ['Bring the tables together again (--undo), and look into the log of the workers.'] },
      );
    }
  });
}
