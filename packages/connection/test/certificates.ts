import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Two authorities, and a server's certificate from the first, made with `openssl`. */
export interface Certificates {
  /** The PEM file of an authority. */
  authority(name: 'ca' | 'other'): string;
  /** PEM texts for the name `localhost` (and no address), signed by `ca`. */
  readonly server: { readonly key: string; readonly cert: string };
  remove(): void;
}

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
  openssl(
    'x509 -req -in request.pem -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -copy_extensions copyall -out cert.pem',
  );
  return {
    authority: (name) => path.join(folder, `${name}.pem`),
    server: { key: read('key.pem'), cert: read('cert.pem') },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
