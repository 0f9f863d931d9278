import type { PostgresTarget } from '@vatevo/connection';
import type { ReturnFormat } from '@vatevo/cutover';
import { deployMigrations, migrationStatus } from '@vatevo/db/migrations';
import { ownMapping } from './mapping.ts';

/**
 * SQLite files of our own format at the release that a PostgreSQL database is at, which need not be this one: a
 * migration has the same name for both databases, and one that PostgreSQL still lacks is not for the file either.
 */
export function ownFormat(server: PostgresTarget): ReturnFormat {
  const inServer = () => migrationStatus(server, { skipDrift: true });
  const missing = async (file: string) => {
    const { pending } = await migrationStatus({ kind: 'sqlite', file }, { skipDrift: true });
    const notYet = new Set((await inServer()).pending);
    const first = pending.findIndex((name) => notYet.has(name));
    return first < 0 ? pending : pending.slice(0, first);
  };
  return {
    mapping: ownMapping,
    missing,
    newer: async () => (await inServer()).unknown,
    deploy: async (file) => {
      const upTo = (await missing(file)).at(-1);
      if (upTo !== undefined) await deployMigrations({ kind: 'sqlite', file }, { upTo });
    },
  };
}
