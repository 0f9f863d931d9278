import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Client } from './client.ts';

const MAIN = path.resolve(import.meta.dirname, '../../dist/main.js');

/** The built API as processes of their own, in a folder that they share and that goes with them. */
export class ApiProcesses {
  readonly #main: string;
  readonly #children: ChildProcess[] = [];
  #folder: Promise<string> | undefined;

  /** @param main the program, if it is another build than that of the workspace */
  constructor(main = MAIN) {
    this.#main = main;
  }

  /** The folder in which they run; empty at first. */
  get folder(): Promise<string> {
    this.#folder ??= mkdtemp(path.join(tmpdir(), 'vatevo-main-'));
    return this.#folder;
  }

  /** Starts one with nothing set but `env`. */
  async start(env: Record<string, string> = {}) {
    const child = spawn(process.execPath, [this.#main], {
      cwd: await this.folder,
      env: { PATH: process.env.PATH, PORT: '0', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#children.push(child);
    const output = { stdout: '', stderr: '' };
    child.stdout.on('data', (chunk) => {
      output.stdout += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output.stderr += chunk;
    });
    const exit = once(child, 'exit').then(([code]) => code as number | null);

    /** Resolves with the log line that holds `text`. */
    const logged = async (text: string): Promise<Record<string, unknown>> => {
      for (;;) {
        const line = output.stdout.split('\n').find((each) => each.includes(text));
        if (line) return JSON.parse(line);
        const ended = await Promise.race([
          once(child.stdout, 'data').then(() => false),
          exit.then(() => true),
        ]);
        if (ended)
          throw new Error(`The process ended before it logged "${text}".\n${output.stdout}${output.stderr}`);
      }
    };
    const url = async () => String((await logged('listening')).address);
    return { child, output, exit, logged, url, client: async () => new Client(await url()) };
  }

  /** Ends all of them at once. */
  async end(): Promise<void> {
    for (const child of this.#children.splice(0)) {
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await once(child, 'exit');
      }
    }
    if (this.#folder) await rm(await this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }
}

export type ApiProcess = Awaited<ReturnType<ApiProcesses['start']>>;
