// The thread that delivers webhooks, with connections of its own: however much there is to deliver, and whatever
// receivers do, requests have their thread for themselves.
import { parentPort } from 'node:worker_threads';
import { openDatabase } from '../database/open.ts';
import { createLog } from '../log.ts';
import { readSettings } from '../settings.ts';
import { WEBHOOK_CONNECTIONS } from './connections.ts';
import type { FromThread, ToThread } from './start-thread.ts';
import { startWebhookWorker } from './worker.ts';

const port = parentPort;
if (port === null) throw new Error('This is the program of a worker thread.');
const tell = (message: FromThread) => port.postMessage(message);

const config = readSettings(process.env);
const log = createLog({ write: (line) => tell({ logged: line }) });
const pool = { ...config.pool, size: Math.min(WEBHOOK_CONNECTIONS, config.pool.size), min: 0 };
const served = await openDatabase({ ...config, pool }, {}, log);
const stop = startWebhookWorker({
  db: served.db,
  gate: served.gate,
  log,
  privateAddresses: config.webhooks === 'on-with-private-addresses',
});

port.on('message', async ({ stopWithinMs }: ToThread) => {
  await stop(stopWithinMs);
  await served.close();
  tell({ stopped: true });
  port.close();
});
