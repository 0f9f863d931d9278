import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { root } from '../support/run-script.ts';
import { type Cluster, FOLLOWS_CHANGES, IN_TURN_MS, URL_OF_CLUSTER, useCluster } from './support/cluster.ts';

describe.runIf(URL_OF_CLUSTER !== '')('a live move onto a cluster (needs VATEVO_CITUS_URL)', () => {
  let cluster: Cluster;
  let folder: string;
  const cutover = (what: string) => cluster.ops('cutover', what, '--source', join(folder, 'legacy.db'));

  beforeAll(async () => {
    cluster = await useCluster();
    folder = await mkdtemp(join(tmpdir(), 'vatevo-moved-'));
    await copyFile(join(root, 'ops/fixtures/legacy.db'), join(folder, 'legacy.db'));
    expect(await cluster.ops('prepare-postgres')).toMatchObject({ code: 0 });
    await cluster.ask(`UPDATE vatevo_distribution.known SET since = '-infinity'`);
  }, IN_TURN_MS);
  afterAll(async () => {
    await rm(folder, { recursive: true, force: true });
    await cluster?.close();
  });

  it('goes into tables that are not distributed, which are distributed when it is closed', async () => {
    expect(await cutover('start')).toMatchObject({ code: 0 });
    // Not while the move is under way, nor while its rows may go back.
    expect(await cluster.ops('distribute', '--concurrently')).toMatchObject({ code: 4 });
    expect(await cutover('finish')).toMatchObject({ code: 0 });
    expect(await cluster.ops('distribute', '--concurrently')).toMatchObject({
      code: 4,
      error: { remedy: [expect.stringContaining('cutover close')] },
    });
    expect(await cutover('close')).toMatchObject({ code: 0 });
    const how = FOLLOWS_CHANGES ? ['--concurrently'] : [];
    expect(await cluster.ops('distribute', ...how, '--shards', '4')).toMatchObject({
      code: 0,
      tables: {
        'public.tenants': { rows: '5' },
        'public.invoices': { rows: '62' },
        'public.webhook_events': { rows: '91' },
      },
    });
    const counted = await cluster.ask(
      'SELECT (SELECT count(*) FROM invoices)::int AS invoices, (SELECT count(*) FROM webhook_events)::int AS events',
    );
    expect(counted).toEqual([{ invoices: 62, events: 91 }]);
    expect(await cluster.ops('prepare-postgres')).toMatchObject({ code: 0 });
    // What is asked of the servers of a cluster is not asked of one.
    expect(await cluster.ops('cutover', 'start', '--source', join(folder, 'legacy.db'))).toMatchObject({
      code: 4,
    });
    expect(await cluster.ops('verify', '--source', join(folder, 'legacy.db'))).toMatchObject({ code: 4 });
  });
});
