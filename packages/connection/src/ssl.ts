import { readFileSync } from 'node:fs';
import { type ConnectionOptions, checkServerIdentity, createSecureContext } from 'node:tls';
import { TlsError } from './tls-error.ts';

/** libpq's names (PostgreSQL manual, 32.18.3); `allow` is left out, it protects nobody. */
export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
export type SslMode = (typeof SSL_MODES)[number];

/** How a connection is encrypted and whom it trusts. */
export interface SslSettings {
  readonly mode: SslMode;
  /** A PEM file of certificate authorities, or `system` for those that Node trusts by itself. */
  readonly rootCertFile?: string;
  /** A PEM file of certificates that were withdrawn. */
  readonly revocationFile?: string;
  /** PEM files of the client's own certificate and its key. */
  readonly certFile?: string;
  readonly keyFile?: string;
  /** The same in one PKCS #12 file. */
  readonly identityFile?: string;
  readonly minVersion?: TlsVersion;
  readonly maxVersion?: TlsVersion;
  /** `direct`: TLS from the first byte, without asking (PostgreSQL 17). */
  readonly negotiation?: 'direct';
  /** `require`: log in by SCRAM that is bound to the server's certificate, or not at all. */
  readonly channelBinding?: 'require';
}

export const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
type TlsVersion = (typeof TLS_VERSIONS)[number];

/** The value of DB_SSL_ROOT_CERT and sslrootcert that stands for Node's own list, as in libpq 16. */
export const SYSTEM = 'system';

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
 * @param keyPassword what the client's key is encrypted with
 * @throws TlsError when a certificate is missing or cannot be read.
 */
export function tlsOptions(
  ssl: SslSettings,
  host: string,
  keyPassword?: string,
): ConnectionOptions | undefined {
  if (ssl.mode === 'disable') return undefined;
  const fault = trustFault(ssl);
  if (fault) throw new TlsError(`DB_SSL_ROOT_CERT ${fault.problem}`);
  const checksChain =
    ssl.mode === 'verify-ca' || ssl.mode === 'verify-full' || (ssl.mode === 'require' && ssl.rootCertFile);
  const own = { ...ownCertificate(ssl, keyPassword), ...versions(ssl) };
  if (!checksChain) return { ...own, rejectUnauthorized: false };
  return {
    ...own,
    rejectUnauthorized: true,
    ...(ssl.rootCertFile &&
      ssl.rootCertFile !== SYSTEM && { ca: readPem(ssl.rootCertFile, 'root certificate') }),
    ...(ssl.revocationFile && { crl: readPem(ssl.revocationFile, 'list of withdrawn certificates') }),
    checkServerIdentity: (_, certificate) =>
      ssl.mode === 'verify-full' ? checkServerIdentity(host.replace(/\.$/, ''), certificate) : undefined,
  };
}

function ownCertificate(ssl: SslSettings, keyPassword: string | undefined): ConnectionOptions {
  const options: ConnectionOptions = {
    ...(ssl.certFile && { cert: readPem(ssl.certFile, 'client certificate') }),
    ...(ssl.keyFile && { key: readPem(ssl.keyFile, "client certificate's key") }),
    ...(ssl.identityFile && { pfx: readCertificate(ssl.identityFile, 'client certificate') }),
    ...(keyPassword !== undefined && { passphrase: keyPassword }),
  };
  if (!ssl.keyFile && !ssl.identityFile) return options;
  try {
    createSecureContext(options);
  } catch (error) {
    const file = ssl.identityFile ?? ssl.keyFile;
    const problem = `the client certificate's key ${file} cannot be used: check sslcert, sslkey and sslpassword`;
    throw new TlsError(problem, { cause: error });
  }
  return options;
}

function versions({ minVersion, maxVersion }: SslSettings): ConnectionOptions {
  return { ...(minVersion && { minVersion }), ...(maxVersion && { maxVersion }) };
}

function readPem(file: string, what: string): Buffer {
  const bytes = readCertificate(file, what);
  // Node takes anything here and then trusts nobody, which would look like the server's fault.
  if (!bytes.includes('-----BEGIN')) throw new TlsError(`the ${what} ${file} is not a PEM file`);
  return bytes;
}

function readCertificate(file: string, what: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new TlsError(`the ${what} ${file} cannot be read: ${code}`, { cause: error });
  }
}
