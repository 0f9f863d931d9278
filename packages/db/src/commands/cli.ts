// Entry point of `pnpm db:deploy`, `db:status` and `db:history`.
import path from 'node:path';
import {
  ConfigurationError,
  ConnectionError,
  describeTarget,
  type PostgresTarget,
  parseConfig,
  redact,
  type SqliteTarget,
} from '@vatevo/connection';
import { MigrationError } from '../migrations/error.ts';
import { RolesError } from '../roles/set-up-roles.ts';
import { deploy } from './deploy.ts';
import { history } from './history.ts';
import { status } from './status.ts';

export type Target = PostgresTarget | SqliteTarget;

const COMMANDS: Readonly<Record<string, (target: Target) => Promise<number>>> = { deploy, status, history };

/** The database that the environment names; a relative file counts from where the user is. */
function readTarget(): Target {
  const { database } = parseConfig(process.env);
  if (database.kind === 'postgres') return database;
  return { ...database, file: path.resolve(process.env.INIT_CWD ?? process.cwd(), database.file) };
}

/** Exit codes as of all commands: docs/configuration.md. */
async function main([name = '', ...rest]: readonly string[]): Promise<number> {
  const command = COMMANDS[name];
  if (!command || rest.length > 0) {
    console.error(`Usage: pnpm db:${Object.keys(COMMANDS).join(' | pnpm db:')}`);
    return 2;
  }
  try {
    const target = readTarget();
    console.log(describeTarget(target));
    return await command(target);
  } catch (error) {
    console.error(redact((error as Error).message));
    if (error instanceof ConfigurationError) return 2;
    if (error instanceof ConnectionError) return 3;
    if (error instanceof MigrationError) return 4;
    if (!(error instanceof RolesError)) return 1;
    for (const statement of error.remedy) console.error(`  ${statement}`);
    return 4;
  }
}

process.exitCode = await main(process.argv.slice(2));
