/** Transfers SOURCE into TARGET and prints what came of it, and the most memory that it took. */
import { transfer } from '@vatevo/transfer';
import pg from 'pg';

const BYTES_A_KIB = 1024;

const { verification } = await transfer({
  source: process.env.SOURCE,
  mapping: {},
  connect: async () => {
    const client = new pg.Client({ connectionString: process.env.TARGET });
    await client.connect();
    await client.query(`SET TIME ZONE 'UTC'`);
    return client;
  },
});
const peakBytes = process.resourceUsage().maxRSS * BYTES_A_KIB;
process.stdout.write(JSON.stringify({ equal: verification.equal, peakBytes }));
