import type { DbObserver } from '@vatevo/db';
import type { Log } from '../log.ts';
import type { ApiConfig } from '../settings.ts';
import { FollowingDatabase } from './following.ts';
import { type ServedDatabase, serveConfigured } from './served.ts';

/** Opens what the configuration names: one database, or whichever of two is primary. */
export async function openDatabase(
  config: Pick<ApiConfig, 'database' | 'pool' | 'follow'>,
  observer: DbObserver,
  log: Log,
): Promise<ServedDatabase> {
  const { follow, pool } = config;
  if (follow === undefined) return serveConfigured(config, observer);
  return FollowingDatabase.start({ follow, pool, observer, log });
}
