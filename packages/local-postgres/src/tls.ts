import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Account } from './account.ts';
import { handOver } from './data-folder.ts';

/** What the server needs to offer TLS; PEM texts, not file names. */
export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
  /** Authorities whose client certificates are accepted. */
  readonly ca?: string;
}

/** Puts the PEM files where the server may read them and returns the settings that switch TLS on. */
export async function tlsSettings(
  dataDir: string,
  tls: TlsFiles,
  account: Account | undefined,
): Promise<Record<string, string>> {
  const settings: Record<string, string> = { ssl: 'on' };
  const put = async (setting: string, name: string, text: string) => {
    const file = path.join(dataDir, name);
    await writeFile(file, text, { mode: 0o600 });
    await handOver(file, account, 0o600);
    settings[setting] = file;
  };
  await put('ssl_key_file', 'server.key', tls.key);
  await put('ssl_cert_file', 'server.crt', tls.cert);
  if (tls.ca !== undefined) await put('ssl_ca_file', 'root.crt', tls.ca);
  return settings;
}
