import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { Application, Orm } from '../../orm.ts';

/** Debian's own Python, and where its packages lie: the first python3 on the PATH may be another, without them. */
const PYTHON = '/usr/bin/python3';
const PACKAGES = '/usr/lib/python3/dist-packages';

/** Whether packages of Debian are there; an error where all programs are said to be, and they are not. */
export function isFromDebian(...modules: readonly string[]): boolean {
  const missing = modules.filter((module) => !existsSync(join(PACKAGES, module)));
  if (missing.length > 0 && process.env.VATEVO_REQUIRE_PROGRAMS === '1') {
    throw new Error(
      `${PACKAGES} has no ${missing.join(', ')}, and VATEVO_REQUIRE_PROGRAMS=1 says that it must.`,
    );
  }
  return missing.length === 0;
}

/**
 * An application in Python, in a process of its own that is asked a line of JSON at a time.
 *
 * @param script beside this file
 */
export function pythonOrm(script: string): Orm {
  return async (where) => {
    const child = spawn(PYTHON, ['-B', fileURLToPath(new URL(script, import.meta.url))], {
      env: {
        PATH: process.env.PATH,
        PYTHONIOENCODING: 'utf-8',
        PYTHONWARNINGS: 'ignore',
        ...('sqlite' in where ? { SQLITE_FILE: where.sqlite } : { POSTGRES_URL: where.postgres }),
      },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    return application(child);
  };
}

function application(child: ChildProcess): Application {
  const ended = new Promise<number | null>((resolve, reject) =>
    child.once('close', resolve).once('error', reject),
  );
  if (!child.stdout || !child.stdin) throw new Error('A process without pipes.');
  const { stdin } = child;
  const answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const ask = async (request: string, ...given: unknown[]) => {
    stdin.write(`${JSON.stringify([request, ...given])}\n`);
    const { value, done } = await answers.next();
    if (done) throw new Error(`The application ended (exit code ${await ended}) when asked to ${request}.`);
    return JSON.parse(value) as unknown;
  };
  return {
    createTables: async () => void (await ask('create_tables')),
    write: async (blog) => void (await ask('write', blog)),
    read: () => ask('read'),
    addPost: async (authorId, title) => Number(await ask('add_post', authorId, title)),
    async close() {
      stdin.end();
      await ended;
    },
  };
}
