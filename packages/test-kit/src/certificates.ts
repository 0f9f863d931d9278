import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TlsFiles } from '@vatevo/local-postgres';
import { isInstalled } from '@vatevo/local-postgres/vitest';

/** Two authorities, and certificates of a server from the first; made with `openssl`, for tests. */
export interface Certificates {
  /** The PEM file of an authority: `ca`, which signed the server's certificates, or another one. */
  authority(name: 'ca' | 'other'): string;
  /** For the name `localhost` (and no address), signed by `ca`. */
  readonly server: TlsFiles;
  /** The same, but its time is over. */
  readonly expired: TlsFiles;
  /** Removes the files. */
  remove(): void;
}

/** Whether certificates can be made here. */
export function hasOpenssl(): boolean {
  return isInstalled('openssl');
}

/** Makes keys and certificates in a temporary folder. */
export function makeCertificates(): Certificates {
  const folder = mkdtempSync(path.join(tmpdir(), 'vatevo-tls-'));
  const openssl = (command: string) =>
    execFileSync('openssl', command.split(' '), { cwd: folder, stdio: 'ignore' });
  const read = (name: string) => readFileSync(path.join(folder, name), 'utf8');
  for (const name of ['ca', 'other']) {
    openssl(
      `req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`,
    );
  }
  openssl(
    'req -newkey rsa:2048 -nodes -subj /CN=localhost -addext subjectAltName=DNS:localhost -keyout key.pem -out request.pem',
  );
  const sign = (days: number, file: string) =>
    openssl(
      `x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days ${days} -copy_extensions copyall -out ${file}`,
    );
  sign(2, 'cert.pem');
  sign(-1, 'expired.pem');
  const key = read('key.pem');
  return {
    authority: (name) => path.join(folder, `${name}.pem`),
    server: { key, cert: read('cert.pem') },
    expired: { key, cert: read('expired.pem') },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
