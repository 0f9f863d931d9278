import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgram } from '@vatevo/test-kit/program';
import { readTarget } from '../../src/cli/datasource.ts';
import { openSchemaEngine, type SchemaEngine } from '../../src/index.ts';

const require = createRequire(import.meta.url);
const CLI = path.join(path.dirname(require.resolve('prisma/package.json')), 'build/index.js');
const ENGINE = fileURLToPath(new URL('../../bin/schema-engine.js', import.meta.url));

export interface CliResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Both, for messages whose channel does not matter. */
  readonly output: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string;
  /** Called with the process as soon as it runs. */
  readonly onStart?: (pid: number) => void;
}

/** A folder with a Prisma schema and configuration, on which the real Prisma CLI is run. */
export class Project {
  readonly dir = mkdtempSync(path.join(tmpdir(), 'vatevo-engine-'));
  readonly #provider: string;
  readonly #env: Readonly<Record<string, string>>;
  #url = '';

  /**
   * @param url the datasource URL in the configuration file
   * @param env what the CLI finds in its environment besides
   */
  constructor(provider: 'postgresql' | 'sqlite', url: string, env: Readonly<Record<string, string>> = {}) {
    this.#provider = provider;
    this.#env = env;
    this.configure(url);
    this.schema('');
  }

  configure(url: string, shadowDatabaseUrl?: string): void {
    this.#url = url;
    const config = {
      schema: 'schema.prisma',
      migrations: { path: 'migrations' },
      datasource: { url, ...(shadowDatabaseUrl && { shadowDatabaseUrl }) },
    };
    writeFileSync(path.join(this.dir, 'prisma.config.ts'), `export default ${JSON.stringify(config)};\n`);
  }

  schema(models: string): void {
    const text = `datasource db {\n  provider = "${this.#provider}"\n}\n\n${models}\n`;
    writeFileSync(path.join(this.dir, 'schema.prisma'), text);
  }

  schemaText(): string {
    return readFileSync(path.join(this.dir, 'schema.prisma'), 'utf8');
  }

  migrations(): string[] {
    const entries = readdirSync(path.join(this.dir, 'migrations'), { withFileTypes: true });
    return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  }

  script(migration: string): string {
    return readFileSync(path.join(this.dir, 'migrations', migration, 'migration.sql'), 'utf8');
  }

  async migration(name: string, sql: string): Promise<void> {
    const folder = path.join(this.dir, 'migrations', name);
    await mkdir(folder, { recursive: true });
    writeFileSync(path.join(folder, 'migration.sql'), sql);
    const lock = path.join(this.dir, 'migrations/migration_lock.toml');
    writeFileSync(lock, `provider = "${this.#provider}"\n`);
  }

  /** Runs `prisma` with the given arguments. */
  async prisma(args: readonly string[], { env, input = '', onStart }: RunOptions = {}): Promise<CliResult> {
    const { child, ended } = startProgram(process.execPath, [CLI, ...args], {
      cwd: this.dir,
      env: {
        PATH: process.env.PATH,
        HOME: this.dir,
        CHECKPOINT_DISABLE: '1',
        NO_COLOR: '1',
        PRISMA_SCHEMA_ENGINE_BINARY: ENGINE,
        ...this.#env,
        ...env,
      },
      input,
    });
    if (child.pid !== undefined) onStart?.(child.pid);
    const { code, stdout, stderr } = await ended;
    return { code, stdout, stderr, output: stdout + stderr };
  }

  /**
   * Asks the engine in this process, which opens the configured database as it does for the CLI: for what the engine
   * answers, where what the CLI makes of such an answer is known from another run of it.
   */
  async engine<T>(
    work: (engine: SchemaEngine, migrations: string) => Promise<T>,
    env: Readonly<Record<string, string>> = {},
  ): Promise<T> {
    const found = readTarget(this.#url, { ...this.#env, ...env });
    // The CLI runs in the folder.
    const target = found.kind === 'sqlite' ? { ...found, file: path.join(this.dir, found.file) } : found;
    const engine = openSchemaEngine({ target });
    try {
      return await work(engine, path.join(this.dir, 'migrations'));
    } finally {
      await engine.close();
    }
  }

  remove(): void {
    rmSync(this.dir, { recursive: true, force: true });
  }
}
