// Entry point of `pnpm db:deploy`, `db:status` and `db:history`.
import path from 'node:path';
import { type Config, describeTarget, parseConfig, withHeartbeat } from '@vatevo/connection';
import { ExitCode } from '../cli/exit-code.ts';
import { runCommand } from '../cli/run-command.ts';
import { deploy } from './deploy.ts';
import { history } from './history.ts';
import { status } from './status.ts';

/** Milliseconds after which a server that says nothing is given up. */
const SILENCE_MS = 30_000;

const COMMANDS: Readonly<Record<string, (target: Config['database']) => Promise<ExitCode>>> = {
  deploy,
  status,
  history,
};

/** The database that the environment names; a relative file counts from where the user is. */
function readTarget(): Config['database'] {
  const { database } = parseConfig(process.env);
  if (database.kind === 'postgres') return database;
  return { ...database, file: path.resolve(process.env.INIT_CWD ?? process.cwd(), database.file) };
}

const name = process.argv[2] ?? '';

await runCommand(async (args) => {
  const command = COMMANDS[name];
  if (!command || args.length > 0) {
    const asked = args.length === 1 && (args[0] === '--help' || args[0] === '-h');
    (asked ? console.log : console.error)(
      `Usage: pnpm db:${name}   (no arguments; the database is the one that the environment names)`,
    );
    return asked ? ExitCode.done : ExitCode.usage;
  }
  const target = readTarget();
  console.log(describeTarget(target));
  if (target.kind === 'sqlite') return command(target);
  return withHeartbeat(target, SILENCE_MS, () => command(target));
});
