import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './account.ts';
import { removeLeftovers } from './base-folder.ts';
import type { Binaries } from './binaries.ts';
import { handOver } from './data-folder.ts';
import { isRenamed } from './into-place.ts';
import { run } from './run.ts';
import { copyTemplate } from './template.ts';

/** The superuser of a cluster. */
export interface Superuser {
  readonly user: string;
  readonly password: string;
}

/** Kept inside the data folder, readable by the server's account only. */
const superuserFile = 'superuser.json';

/**
 * Makes sure that `dataDir`, which is empty or one of PostgreSQL's, holds a database cluster and says who its superuser is.
 *
 * A new cluster is made beside the folder and renamed into it, so a run that is killed
 * half-way leaves no half a cluster.
 */
export async function ensureCluster(
  dataDir: string,
  kept: boolean,
  wanted: Partial<Superuser>,
  binaries: Binaries,
  account: Account | undefined,
): Promise<Superuser> {
  if ((await readdir(dataDir)).includes('PG_VERSION')) return knownSuperuser(dataDir, wanted);
  const superuser = {
    user: wanted.user ?? 'postgres',
    password: wanted.password ?? randomBytes(18).toString('base64url'),
  };
  if (!kept && wanted.password === undefined) {
    // All of them have the password of the first one, which is read by those only who may read the data itself.
    const key = [binaries.initdb, superuser.user, ...initdbOptions(binaries, false)];
    await copyTemplate(key, dataDir, account, (folder) =>
      initialise(folder, false, superuser, binaries, account),
    );
    return knownSuperuser(dataDir, wanted);
  }
  const prefix = `${path.basename(dataDir)}.initialising-`;
  await removeLeftovers(path.dirname(dataDir), prefix, 600_000);
  const work = await mkdtemp(path.join(path.dirname(dataDir), prefix));
  try {
    await handOver(work, account);
    await initialise(work, kept, superuser, binaries, account);
    return (await isRenamed(work, dataDir)) ? superuser : await knownSuperuser(dataDir, wanted);
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

function initdbOptions({ version }: Binaries, kept: boolean): string[] {
  return [
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    // The built-in C.UTF-8 is the same on every machine, whatever locales it has. Before 17 there was none.
    ...(version < 17
      ? ['--locale=C.UTF-8']
      : ['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']),
    '--no-instructions',
    ...(kept ? [] : ['--no-sync']),
    // Since 18 they are made unless this is said, which older ones do not know.
    ...(kept || version < 18 ? [] : ['--no-data-checksums']),
  ];
}

async function initialise(
  folder: string,
  kept: boolean,
  superuser: Superuser,
  binaries: Binaries,
  account: Account | undefined,
): Promise<void> {
  // The password goes through a file: arguments are open to everyone on the machine.
  const passwordFile = `${folder}.password`;
  try {
    await writeFile(passwordFile, `${superuser.password}\n`, { mode: 0o600, flag: 'wx' });
    await handOver(passwordFile, account, 0o600);
    const outcome = await run(
      binaries.initdb,
      [
        `--pgdata=${folder}`,
        `--username=${superuser.user}`,
        `--pwfile=${passwordFile}`,
        ...initdbOptions(binaries, kept),
      ],
      account,
    );
    if (!outcome.ok)
      throw new Error(`initdb could not make a database cluster in ${folder}: ${outcome.output}`);
    const file = path.join(folder, superuserFile);
    await writeFile(file, JSON.stringify(superuser), { mode: 0o600 });
    await handOver(file, account, 0o600);
  } finally {
    await rm(passwordFile, { force: true });
  }
}

async function knownSuperuser(dataDir: string, wanted: Partial<Superuser>): Promise<Superuser> {
  const text = await readFile(path.join(dataDir, superuserFile), 'utf8').catch(() => '{}');
  const known = JSON.parse(text) as Partial<Superuser>;
  const user = known.user ?? wanted.user;
  const password = known.password ?? wanted.password;
  if (user === undefined || password === undefined) {
    throw new Error(`${dataDir} was made by something else: give the user and password of its superuser.`);
  }
  if ((wanted.user ?? user) !== user || (wanted.password ?? password) !== password) {
    throw new Error(
      `${dataDir} was made with another user or password: leave them out, or remove the folder to start over.`,
    );
  }
  return { user, password };
}
