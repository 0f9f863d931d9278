import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** What a program said and how it ended. */
export interface Outcome {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
}

/** A program that runs. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Outcome>;
  /** Resolves as soon as stdout or stderr holds the text; rejects when the program ends without. */
  said(text: string): Promise<void>;
}

export interface ProgramOptions {
  readonly cwd: string;
  /** The whole environment. */
  readonly env: NodeJS.ProcessEnv;
  readonly input?: string;
}

/** Starts a program; `ended` rejects where there is none of that name. */
export function startProgram(
  program: string,
  args: readonly string[],
  { cwd, env, input = '' }: ProgramOptions,
): Running {
  const started = performance.now();
  const child = spawn(program, args, { cwd, env, stdio: ['pipe', 'pipe', 'pipe'] });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (text) => {
    stdout += text;
    for (const listener of listeners) listener();
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  // A program may end without having read anything.
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  const ended = once(child, 'close').then(
    ([code, signal]): Outcome => ({ code, signal, stdout, stderr, ms: performance.now() - started }),
  );
  return {
    child,
    ended,
    async said(text) {
      const seen = new Promise<void>((resolve) => {
        const look = () => {
          if (`${stdout}\n${stderr}`.includes(text)) resolve();
        };
        listeners.add(look);
        look();
      });
      await Promise.race([
        seen,
        ended.then(() => {
          if (!`${stdout}\n${stderr}`.includes(text))
            throw new Error(`It ended without "${text}": ${stdout}${stderr}`);
        }),
      ]);
    },
  };
}
