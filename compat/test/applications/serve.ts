import { freePort } from '@vatevo/local-postgres';
import { startProgram } from '@vatevo/test-kit/program';
import type { Where } from '../orm.ts';
import { Api } from './api.ts';
import type { NpmApplication, Run } from './application.ts';

/** An application on one database. */
export class Installed {
  readonly #application: NpmApplication;
  readonly #folder: string;
  readonly #where: Where;

  /** @param folder where it is installed */
  constructor(application: NpmApplication, folder: string, where: Where) {
    this.#application = application;
    this.#folder = folder;
    this.#where = where;
  }

  /** Runs one of its commands to the end. */
  readonly run: Run = async (...args) => {
    const { code, stdout, stderr } = await this.#start(args, 0).ended;
    if (code !== 0) throw new Error(`${args.join(' ')} ended with ${code}: ${stdout}${stderr}`);
    return stdout;
  };

  async createTables(like?: Installed): Promise<void> {
    if (this.#application.createTables) await this.#application.createTables(this.run, like?.run);
    else await this.serve(async () => undefined);
  }

  /** Works with the server while it runs. */
  async serve<Result>(work: (api: Api) => Promise<Result>): Promise<Result> {
    const port = await freePort();
    const server = this.#start(this.#application.start, port);
    try {
      await server.said(this.#application.started);
      return await work(new Api(`http://127.0.0.1:${port}`));
    } finally {
      server.child.kill();
      await server.ended;
    }
  }

  #start(args: readonly string[], port: number) {
    return startProgram(process.execPath, args, {
      cwd: this.#folder,
      env: {
        PATH: process.env.PATH,
        HOME: this.#folder,
        ...this.#application.environment(this.#where, port),
      },
    });
  }
}
