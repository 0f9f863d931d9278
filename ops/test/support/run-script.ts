import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Outcome, type Running, startProgram } from '@vatevo/test-kit/program';

export type { Outcome, Running };

/** The repository's folder, where the root scripts live. */
export const root = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * The environment without anything that would change what a command does:
 * the developer's own database settings, and what npm and vitest put there.
 */
export function cleanEnv(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) =>
      !/^(PG|POSTGRES_|DATABASE_|DB_|VATEVO_|npm_|INIT_CWD$|NODE_|VITEST|FORCE_COLOR$|NO_COLOR$)/.test(name),
  );
  return { ...Object.fromEntries(kept), ...extra };
}

const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  scripts: Record<string, string>;
};

/** Starts what a root script runs, as npm would in the repository: npm itself takes as long as the command. */
export function startScript(script: string, args: readonly string[], env: Record<string, string>): Running {
  const [program = '', ...given] = scripts[script]?.replace(/^exec /, '').split(' ') ?? [];
  return start(program, [...given, ...args], { cwd: root, env });
}

/** Runs a root script to its end. */
export function runScript(
  script: string,
  args: readonly string[],
  env: Record<string, string>,
): Promise<Outcome> {
  return startScript(script, args, env).ended;
}

/** Starts any program with a clean environment. */
export function start(
  command: string,
  args: readonly string[],
  options: { cwd?: string; env?: Record<string, string>; input?: string } = {},
): Running {
  return startProgram(command, args, { cwd: root, ...options, env: cleanEnv(options.env) });
}

/**
 * What the system says of a process (Linux); nothing of one that is gone. Read at once: to wait for each of some hundred
 * such files takes ten times the processor's time.
 */
export function readProcess(pid: string, file: 'cmdline' | 'environ'): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/**
 * Watches every process's arguments for a secret while `work` runs (Linux).
 *
 * @returns the command lines that held it
 */
export async function commandLinesWith(secret: string, work: () => Promise<unknown>): Promise<string[]> {
  const found = new Set<string>();
  let done = false;
  const watch = async () => {
    while (!done) {
      for (const pid of readdirSync('/proc')) {
        if (!/^\d+$/.test(pid)) continue;
        const line = readProcess(pid, 'cmdline');
        if (line.includes(secret)) found.add(line.replaceAll('\0', ' '));
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  const watching = watch();
  try {
    await work();
  } finally {
    done = true;
    await watching;
  }
  return [...found];
}
