import { cpus, totalmem } from 'node:os';
import { type Testbed, withClient } from './testbed.ts';

const GIB = 2 ** 30;

/** What the numbers depend on; nothing that names the machine. */
export async function machineFacts(testbed: Testbed): Promise<string> {
  const version = await withClient(testbed.server.url(), async (client) => {
    const { rows } = await client.query<{ server_version: string }>('SHOW server_version');
    return rows[0]?.server_version;
  });
  const memory = Math.round(totalmem() / GIB);
  return `${cpus().length} cores, ${memory} GB of memory, ${process.platform} ${process.arch}, Node ${process.versions.node}, PostgreSQL ${version}`;
}
