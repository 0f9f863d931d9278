import { ConfigurationError, loadEnvFile, parseConfig, redact } from '@vatevo/connection';
import { RolesError } from '../roles/set-up-roles.ts';
import { ExitCode, exitCodeOf } from './exit-code.ts';

/**
 * Runs a command to its end: `.env` is read as by all commands, an error becomes a
 * sentence on stderr without a secret in it, and the process gets the exit code.
 *
 * @param work gets the arguments behind the command's name
 */
export async function runCommand(work: (args: readonly string[]) => Promise<number>): Promise<void> {
  try {
    loadEnvFile();
    process.exitCode = await work(process.argv.slice(3));
  } catch (error) {
    const code = exitCodeOf(error);
    process.stderr.write(`error: ${describe(error, code)}\n`);
    if (error instanceof RolesError) for (const statement of error.remedy) console.error(`  ${statement}`);
    process.exitCode = code;
  }
  // Leave when everything is written, even if a connection to a frozen server is still there.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()));
}

function describe(error: unknown, code: ExitCode): string {
  const thrown = error instanceof Error ? error : new Error(String(error));
  if (process.env.VATEVO_DEBUG) return redact(thrown.stack ?? thrown.message, secrets());
  // It repeats no value, and the URL in it that looks like one with a password is an example.
  if (thrown instanceof ConfigurationError) return thrown.message;
  const message = redact(thrown.message, secrets());
  if (code !== ExitCode.unexpected) return message;
  return `Unexpected error: ${message}\n  Set VATEVO_DEBUG=1 and run the command again to see where it came from.`;
}

/** What must not be shown, whoever put it into a message. */
function secrets(): (string | undefined)[] {
  try {
    const { database } = parseConfig(process.env);
    return [database.kind === 'postgres' ? database.password : undefined, process.env.PGPASSWORD];
  } catch {
    return [process.env.PGPASSWORD];
  }
}
