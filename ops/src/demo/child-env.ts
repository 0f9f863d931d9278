import { VARIABLE_NAMES } from '@vatevo/connection';
import type { Env } from '@vatevo/shell';
import { root } from './paths.ts';

/** Set to nothing, which counts as unset: a `.env` beside a child process must not fill them in. */
const EMPTIED = VARIABLE_NAMES.filter((name) => /^(DATABASE_URL$|DB_|POSTGRES_)/.test(name));

/**
 * The environment of the demo's child processes: as around us, but whatever the developer has set
 * for databases of their own is gone, and the demo's takes its place.
 */
export function childEnv(env: Env, own: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  // Paths given to the commands are relative to the repository, where they run.
  const place = { INIT_CWD: root };
  // The sample's tenants have webhooks, and nobody there waits for events of a demo.
  const fixed = {
    VATEVO_ENV: 'development',
    VATEVO_OPERATOR_TOKEN: '',
    VATEVO_OPERATOR_TOKEN_FILE: '',
    VATEVO_RATE_LIMIT: '',
    VATEVO_WEBHOOKS: 'off',
  };
  const kept = Object.entries(env).filter(([name]) => !/^(PG|POSTGRES_|VATEVO_(?!DEBUG$))/.test(name));
  const emptied = EMPTIED.map((name) => [name, ''] as const);
  return { ...Object.fromEntries([...kept, ...emptied]), ...place, ...fixed, ...own };
}
