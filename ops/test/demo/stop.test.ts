import { createServer } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { LONG } from '../transfer/support/bench.ts';
import { type RunningDemo, type TestDemo, testDemo, until } from './support.ts';

/** What it says on its way; in the short suite it is stopped at one of them. */
const POINTS = ['Start PostgreSQL', '$ pnpm ops:prepare-postgres', '$ pnpm ops:transfer', 'Inspect'].filter(
  (point) => LONG || point.includes('transfer'),
);
const READY = 'Ctrl-C stops everything.';

/** Takes the usual port for the length of a test, unless somebody else has it, which is as good. */
async function takeUsualPort(): Promise<void> {
  const server = createServer();
  await new Promise((resolve) => {
    server.once('listening', resolve).once('error', resolve).listen(3000, '127.0.0.1');
  });
  onTestFinished(() => void server.close());
}

async function untilNothingIsLeft(demo: TestDemo): Promise<void> {
  await until(async () => (await demo.processes()).length === 0);
}

/** By signals; npm repeats a Ctrl-C. */
async function stop(demo: TestDemo, running: RunningDemo, ...signals: NodeJS.Signals[]): Promise<void> {
  for (const signal of signals) running.child.kill(signal);
  expect(await running.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await demo.processes()).toEqual([]);
}

describe('a demo', () => {
  it('goes on after it was stopped at any point, prints what to try, and it works; whatever stops it, nothing is left behind', {
    timeout: 300_000,
  }, async () => {
    await takeUsualPort();
    const demo = await testDemo();
    for (const point of POINTS) {
      const moving = demo.start();
      await moving.said(point);
      moving.child.kill('SIGINT');
      expect(await moving.ended).toMatchObject({ code: 130 });
      expect(await demo.processes()).toEqual([]);
    }
    const running = demo.start();
    await running.said(READY);
    const url = /(http:\S+)\/health\/db/.exec(running.stdout())?.[1] ?? '';
    expect(url).not.toContain(':3000');
    expect(await (await fetch(`${url}/health/db`)).json()).toEqual({ status: 'ok', database: 'connected' });

    const curl = /curl -H '(Authorization): (Bearer \w+)' (\S+\/invoices\/1)$/m.exec(running.stdout());
    const [, name = '', value = '', invoice = ''] = curl ?? [];
    const answer = await fetch(invoice, { headers: { [name]: value } });
    expect(await answer.json()).toMatchObject({ id: 1, external_id: 'EXT-00001', total_amount: '2428.54' });
    await stop(demo, running, 'SIGINT');

    // What it moved is there: to serve again takes a moment.
    for (const signals of LONG ? ([['SIGTERM'], ['SIGINT', 'SIGINT']] as const) : []) {
      const again = demo.start();
      await again.said(READY);
      await stop(demo, again, ...signals);
    }
    const killed = demo.start();
    await killed.said(READY);
    killed.child.kill('SIGKILL');
    await killed.ended;
    await untilNothingIsLeft(demo);
  });
});
