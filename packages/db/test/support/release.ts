import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { PostgresTarget } from '@vatevo/connection';
import { type Outcome, type Running, startProgram } from '@vatevo/test-kit/program';
import { onTestFinished } from 'vitest';
import { writeChecksums } from '../../src/check/checksums.ts';
import type { ScratchServer } from '../../src/check/scratch.ts';
import type { Made, NewMigration } from '../../src/migrate/make-migration.ts';
import { type DatabaseKind, prismaFiles, readMigrationFiles } from '../../src/migrations/folder.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

const ENTRIES = [
  'bin',
  'dist',
  'src',
  'prisma',
  'scripts',
  'package.json',
  'prisma.config.ts',
  'tsconfig.json',
  'tsconfig.build.json',
];

const tsc = path.join(packageFolder, '../../node_modules', '.bin', 'tsc');

/**
 * A copy of the built package with further migrations: what a later release
 * will be. Its commands are real processes.
 */
export class Release {
  readonly folder: string;

  /** It is gone when the test has ended. */
  static async copy(from = packageFolder): Promise<Release> {
    const root = await mkdtemp(path.join(tmpdir(), 'vatevo-release-'));
    onTestFinished(() => rm(root, { recursive: true, force: true }));
    const workspace = path.join(packageFolder, '../..');
    await cp(path.join(workspace, 'tsconfig.base.json'), path.join(root, 'tsconfig.base.json'));
    await symlink(path.join(workspace, 'node_modules'), path.join(root, 'node_modules'));
    const folder = path.join(root, 'packages/db');
    for (const entry of ENTRIES) {
      await cp(path.join(from, entry), path.join(folder, entry), {
        recursive: true,
        filter: (file) => !file.includes('src/generated'),
      });
    }
    await symlink(path.join(packageFolder, 'node_modules'), path.join(folder, 'node_modules'));
    return new Release(folder);
  }

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** The release after this one, which is as this one is until it is changed. */
  next(): Promise<Release> {
    return Release.copy(this.folder);
  }

  /** Adds a migration, or changes one, and records it. */
  async migration(kind: DatabaseKind, name: string, script: string): Promise<void> {
    const files = prismaFiles(kind, path.join(this.folder, 'prisma'));
    await mkdir(path.join(files.migrations, name), { recursive: true });
    await writeFile(path.join(files.migrations, name, 'migration.sql'), script);
    await writeChecksums(files.checksums, await readMigrationFiles(files.migrations));
  }

  /** What `@vatevo/db/migrations` exports, on this release's migrations. */
  migrations(): Promise<typeof import('../../src/migrations/index.ts')> {
    return this.#load('migrations/index');
  }

  /** What `db:deploy` does, without the process; resolves to the migrations that it applied. */
  async deploy(target: PostgresTarget): Promise<readonly string[]> {
    const { applied } = await (await this.migrations()).deployMigrations(target);
    await (await this.migrations()).setUpRoles(target);
    return applied;
  }

  /** What `db:check` finds, as it is printed. */
  async check(server: ScratchServer): Promise<string> {
    const { checkDatabase } = await this.#load<typeof import('../../src/check/check.ts')>('check/check');
    const { describeFault } = await this.#load<typeof import('../../src/check/fault.ts')>('check/fault');
    return (await checkDatabase(undefined, server)).map(describeFault).join('\n');
  }

  /** What `db:migrate` does, without the process. */
  async migrate(migration: NewMigration, server: ScratchServer): Promise<Made> {
    const { makeMigration } =
      await this.#load<typeof import('../../src/migrate/make-migration.ts')>('migrate/make-migration');
    return makeMigration(migration, await this.#prisma(), server);
  }

  /** What `db:migrate --record` does, without the process. */
  async record(server: ScratchServer): Promise<void> {
    const { recordMigrations } =
      await this.#load<typeof import('../../src/migrate/record.ts')>('migrate/record');
    await recordMigrations(await this.#prisma(), server);
  }

  /** Changes a file; it is an error when that changes nothing. */
  async edit(file: string, change: (text: string) => string): Promise<void> {
    const text = await readFile(path.join(this.folder, file), 'utf8');
    const changed = change(text);
    if (changed === text) throw new Error(`${file} holds nothing to change`);
    await writeFile(path.join(this.folder, file), changed);
  }

  /**
   * Generates the clients and compiles, as `pnpm build` does.
   *
   * @returns the release that was built, in a folder of its own: what this process has loaded of this one stays as it was
   */
  async build(): Promise<Release> {
    await this.compile();
    return this.next();
  }

  /** The same in place. */
  async compile(): Promise<void> {
    const generated = await start(process.execPath, ['scripts/generate.mjs'], this.folder, {}).ended;
    if (generated.code !== 0) throw new Error(generated.stderr);
    const compiled = await start(tsc, ['-p', 'tsconfig.build.json'], this.folder, {}).ended;
    if (compiled.code !== 0) throw new Error(compiled.stdout);
  }

  /** The command line of this release. */
  program(): Promise<typeof import('../../src/program.ts')> {
    return this.#load('program');
  }

  /** What `@vatevo/db` exports, of this release. */
  client(): Promise<typeof import('../../src/index.ts')> {
    return this.#load('index');
  }

  async #prisma(): Promise<string> {
    return (await this.#load<typeof import('../../src/migrations/folder.ts')>('migrations/folder'))
      .PRISMA_FOLDER;
  }

  #load<Module>(name: string): Promise<Module> {
    return import(/* @vite-ignore */ pathToFileURL(path.join(this.folder, 'dist', `${name}.js`)).href);
  }

  /** Starts a command of this release: `check`, `deploy`, `prisma` … */
  start(args: readonly string[], env: Readonly<Record<string, string>> = {}): Running {
    return start(process.execPath, [path.join(this.folder, 'bin/vatevo-db.mjs'), ...args], this.folder, env);
  }

  /** Runs a program of its own beside this release. */
  node(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
    return start(process.execPath, args, this.folder, env).ended;
  }

  run(args: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome> {
    return this.start(args, env).ended;
  }
}

/** Starts a program with nothing in its environment that would change what it does. */
export function start(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Running {
  return startProgram(program, args, {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, NO_COLOR: '1', ...env },
  });
}
