import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity } from 'node:tls';
import { TlsError } from './tls-error.ts';

/** libpq's names (PostgreSQL manual, 32.18.3); `allow` is left out, it protects nobody. */
export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** How a connection is encrypted and whom it trusts. */
export interface SslSettings {
  readonly mode: SslMode;
  /** A PEM file of certificate authorities, or `system` for those that Node trusts by itself. */
  readonly rootCertFile?: string;
}

/** The value of DB_SSL_ROOT_CERT and sslrootcert that stands for Node's own list, as in libpq 16. */
const SYSTEM = 'system';

/**
 * What keeps the settings from meaning anything, as the end of a sentence that begins with
 * DB_SSL_ROOT_CERT, and what would be right; `undefined` when they are sound. The rules are libpq's.
 */
export function trustFault(ssl: SslSettings): { problem: string; allowed: string } | undefined {
  const { mode, rootCertFile } = ssl;
  if (rootCertFile === undefined && mode === 'verify-full') {
    const allowed = 'a PEM file of authorities, or system for those that Node trusts';
    return { problem: 'is not set, and verify-full needs to know whom to trust', allowed };
  }
  if (rootCertFile === undefined && mode === 'verify-ca') {
    const allowed = 'a PEM file of authorities';
    return { problem: 'is not set, and verify-ca needs to know whom to trust', allowed };
  }
  if (rootCertFile === SYSTEM && (mode === 'require' || mode === 'verify-ca')) {
    // Anybody can have a public authority certify a name of their own.
    const allowed = 'system together with verify-full, or a PEM file';
    return { problem: `is system, which proves nothing under ${mode}`, allowed };
  }
  return undefined;
}

/**
 * Node's TLS options with libpq's meaning; undefined for no TLS at all.
 *
 * - `prefer`, `require`: encrypted, nobody's identity is checked; with a root certificate `require` checks
 *   the chain as `verify-ca` does (libpq does so for the sake of older configurations). Under `prefer` it
 *   is not looked at: to go on in clear text instead, as libpq does then, would be no gain.
 * - `verify-ca`: the chain must lead to a trusted authority, whatever name it carries.
 * - `verify-full`: and the certificate must carry the host's name.
 *
 * @throws TlsError when the root certificate is missing or cannot be read.
 */
export function tlsOptions(ssl: SslSettings, host: string): ConnectionOptions | undefined {
  if (ssl.mode === 'disable') return undefined;
  const fault = trustFault(ssl);
  if (fault) throw new TlsError(`DB_SSL_ROOT_CERT ${fault.problem}`);
  const checksChain =
    ssl.mode === 'verify-ca' || ssl.mode === 'verify-full' || (ssl.mode === 'require' && ssl.rootCertFile);
  if (!checksChain) return { rejectUnauthorized: false };
  return {
    rejectUnauthorized: true,
    ...(ssl.rootCertFile && ssl.rootCertFile !== SYSTEM && { ca: readAuthorities(ssl.rootCertFile) }),
    checkServerIdentity: (_, certificate) =>
      ssl.mode === 'verify-full' ? checkServerIdentity(host.replace(/\.$/, ''), certificate) : undefined,
  };
}

function readAuthorities(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TlsError(`the root certificate ${file} cannot be read: ${code}`, { cause: error });
  }
  // Node takes anything here and then trusts nobody, which would look like the server's fault.
  if (!text.includes('-----BEGIN')) throw new TlsError(`the root certificate ${file} is not a PEM file`);
  return text;
}
