/**
 * `pnpm dev [--postgres]`: the API on a database with sample rows, started again at every change of its sources and of
 * those of the packages that it is made of. On SQLite, or on a PostgreSQL of its own that is kept in `.local/dev`.
 *
 * What the environment or `.env` says of databases counts as ever; `--postgres` takes the place of it, and
 * VATEVO_DEV_FOLDER that of the folder.
 */
import './lib/require-node.mjs';
import { join } from 'node:path';
import { run } from './lib/child.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { turbo } from './lib/turbo.mjs';
import { root } from './lib/workspace.mjs';

const API = '--filter=@vatevo/api';

await main(async () => {
  const installed = await ensureInstalled();
  if (installed !== 0) return installed;
  const built = await turbo(
    ['run', 'build', API, '--filter=@vatevo/local-postgres', '--output-logs=errors-only'],
    {
      quiet: true,
    },
  );
  if (built !== 0) return built;

  if (!process.argv.includes('--postgres')) return develop({});
  const { startLocalPostgres } = await import(
    new URL('../packages/local-postgres/dist/index.js', import.meta.url).href
  );
  const server = await startLocalPostgres({
    dataDir: process.env.VATEVO_DEV_FOLDER || join(root, '.local', 'dev'),
  });
  try {
    return await develop({ POSTGRES_URL: await databaseOn(server) });
  } finally {
    await server.dispose();
  }
});

/**
 * The one that an earlier time left, or a new one.
 *
 * @param {{ createDatabase(name: string): Promise<string>, url(name: string): string }} server
 */
async function databaseOn(server) {
  try {
    return await server.createDatabase('vatevo');
  } catch (error) {
    if (/** @type {{ code?: string }} */ (error).code !== '42P04') throw error;
    return server.url('vatevo');
  }
}

/** @param {Record<string, string>} database */
async function develop(database) {
  const env = { ...process.env, INIT_CWD: root, ...database };
  for (const command of ['deploy', 'seed']) {
    const program = join(root, 'packages', 'db', 'bin', 'vatevo-db.mjs');
    const done = await run(process.execPath, [program, command], { cwd: root, env });
    if (done !== 0) return done;
  }
  const ended = await turbo(['watch', 'dev', API, '--output-logs=new-only'], {
    env: { INIT_CWD: root, ...database },
  });
  // Ctrl-C is how it ends.
  return ended === 130 ? 0 : ended;
}
