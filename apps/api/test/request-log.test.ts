import { once } from 'node:events';
import { get } from 'node:http';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { errorHandler } from '../src/http/error-handler.ts';
import { requestLog } from '../src/http/request-log.ts';
import { createLog } from '../src/log.ts';
import { listen, urlOf } from '../src/server/listen.ts';

const cleanUps: (() => void)[] = [];
afterEach(() => {
  for (const cleanUp of cleanUps.splice(0)) cleanUp();
});

/** An app behind the request log, and what it has logged. */
async function logged() {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({ write: (line) => lines.push(JSON.parse(line)) });
  const app = express();
  app.use(requestLog(log));
  app.get('/fine', (_request, response) => void response.json({}));
  app.get('/never', () => undefined);
  app.get('/broken', () => {
    throw new Error('broken');
  });
  app.use(errorHandler(log));
  const server = await listen(app, { host: '127.0.0.1', port: 0 });
  cleanUps.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: urlOf(server), lines };
}

it('is one line for each request: id, method, path without its query, status, time', async () => {
  const { url, lines } = await logged();
  const { headers } = await fetch(`${url}/fine?key=vat_secret`, { headers: { 'X-Request-Id': 'mine-1' } });
  expect(headers.get('x-request-id')).toBe('mine-1');
  await expect
    .poll(() => lines)
    .toEqual([
      {
        level: 'info',
        time: expect.stringMatching(/^\d{4}-.*Z$/),
        service: 'vatevo-api',
        req: { id: 'mine-1', method: 'GET', path: '/fine' },
        res: { status: 200 },
        responseTime: expect.any(Number),
        msg: 'answered',
      },
    ]);
});

it('gives an id of its own to a request that has none, or one that could forge a line', async () => {
  const { url } = await logged();
  for (const given of [undefined, 'a b', 'x'.repeat(129)]) {
    const { headers } = await fetch(
      `${url}/fine`,
      given === undefined ? {} : { headers: { 'X-Request-Id': given } },
    );
    expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  }
});

it('tells the cause of a 5xx under the id of the answer', async () => {
  const { url, lines } = await logged();
  const { headers } = await fetch(`${url}/broken`);
  await expect
    .poll(() => lines.map(({ level, msg }) => [level, msg]))
    .toEqual([
      ['error', 'request failed'],
      ['error', 'answered with an error'],
    ]);
  expect(lines[0]).toMatchObject({
    req: { id: headers.get('x-request-id'), path: '/broken' },
    err: { message: 'broken', stack: expect.stringContaining('request-log.test') },
  });
});

it('says that a client did not wait', async () => {
  const { url, lines } = await logged();
  const request = get(`${url}/never`);
  request.on('error', () => undefined);
  await once(request, 'socket').then(([socket]) => once(socket, 'connect'));
  setTimeout(() => request.destroy(), 50);
  await expect.poll(() => lines).toMatchObject([{ msg: 'client went away', req: { path: '/never' } }]);
});
