import { stat } from 'node:fs/promises';
import { execa } from 'execa';

/** The operating system account that a server's processes run under. */
export interface Account {
  readonly name: string;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Chooses the account for the server: `undefined` means "as this process runs".
 *
 * PostgreSQL refuses to run as root, so root hands the server to an account that
 * exists already: the owner of the kept data folder, else `postgres`, else `nobody`.
 * (No account is created: a development tool has no business changing the machine's
 * user list, and initdb needs nothing of an account but its name.)
 */
export async function serverAccount(dataDir: string | undefined): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const owner = dataDir === undefined ? undefined : await stat(dataDir).catch(() => undefined);
  const candidates = [...(owner && owner.uid !== 0 ? [String(owner.uid)] : []), 'postgres', 'nobody'];
  for (const candidate of candidates) {
    const account = await lookUp(candidate);
    if (account && account.uid !== 0) return account;
  }
  throw new Error(
    'PostgreSQL does not run as root, and this machine has neither an account named postgres nor one ' +
      'named nobody: create one (useradd --system postgres) or run this as an ordinary user.',
  );
}

async function lookUp(nameOrUid: string): Promise<Account | undefined> {
  try {
    const answers = await Promise.all(['-un', '-u', '-g'].map((flag) => execa('id', [flag, nameOrUid])));
    const [name, uid, gid] = answers.map((answer) => answer.stdout.trim());
    return name ? { name, uid: Number(uid), gid: Number(gid) } : undefined;
  } catch {
    return undefined;
  }
}

/** Spawn options that make a child process run under the account. */
export function as(account: Account | undefined): { uid?: number; gid?: number } {
  return account ? { uid: account.uid, gid: account.gid } : {};
}
