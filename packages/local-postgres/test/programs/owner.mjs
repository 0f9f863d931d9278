// Starts a server, says where, and waits to be killed (or ends, when told to). Uses the build.
import { startLocalPostgres } from '../../dist/index.js';

const [dataDir, end] = process.argv.slice(2);
const server = await startLocalPostgres(dataDir ? { dataDir } : {});
process.stdout.write(`${JSON.stringify({ pid: server.pid, dataDir: server.dataDir })}\n`);
if (end === 'end') process.exit(0);
if (end !== 'fall-through') setInterval(() => {}, 60_000);
