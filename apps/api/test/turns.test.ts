import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { promisify } from 'node:util';
import { type DbClient, hashApiKey } from '@vatevo/db';
import express from 'express';
import { afterEach, expect, it } from 'vitest';
import { authenticate } from '../src/http/authenticate.ts';
import { bodiesUnderWay } from '../src/http/bodies-under-way.ts';
import { errorHandler } from '../src/http/error-handler.ts';
import { Guesses } from '../src/http/guesses.ts';
import { takeTurns } from '../src/http/turns.ts';
import { createLog } from '../src/log.ts';
import { listen } from '../src/server/listen.ts';

const MOST = 2;
const MAX_WAITING = 200;

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(app: express.Express): Promise<number> {
  app.use(errorHandler(createLog({ write: () => undefined })));
  server = await listen(app, { host: '127.0.0.1', port: 0 });
  return (server.address() as AddressInfo).port;
}

/** Requests that last as long as the test says, which no database does; the two tenants have the keys a and b. */
async function held() {
  const tenants = new Map(['a', 'b'].map((key, id) => [hashApiKey(key), { id, isActive: true }]));
  const db = { registry: { findByKeyHash: async (hash: string) => tenants.get(hash) } };
  const atWork: { key: string; answer: (body?: Buffer) => void }[] = [];
  const app = express();
  app.use((request, _response, next) => {
    const bytes = Number(request.get('x-body') ?? 0);
    if (bytes > 0) request.body = Buffer.alloc(bytes);
    next();
  });
  app.get(
    '/',
    authenticate(db as unknown as DbClient, new Guesses(false)),
    takeTurns(MOST),
    (request, response) => {
      const key = String(request.headers.authorization).slice(-1);
      atWork.push({ key, answer: (body) => response.end(body ?? key) });
    },
  );
  const port = await serve(app);
  let asked = 0;
  server.on('request', () => asked++);
  return {
    atWork,
    asked: () => asked,
    of: (wanted: string) => atWork.filter(({ key }) => key === wanted).length,
    /** Sends so many requests at once, one behind the other, and gives what is answered. */
    send(key: string, times: number, body = 0) {
      const socket = connect(port, '127.0.0.1');
      let received = '';
      socket.on('data', (chunk) => {
        received += chunk;
      });
      socket.write(
        `GET / HTTP/1.1\r\nHost: x\r\nX-Body: ${body}\r\nAuthorization: Bearer ${key}\r\n\r\n`.repeat(times),
      );
      return {
        socket,
        statuses: () => [...received.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, code]) => Number(code)),
      };
    },
  };
}

it('works at a few requests of one tenant at a time, and at those of others meanwhile', async () => {
  const { atWork, of, send } = await held();
  const many = send('a', 20);
  await expect.poll(() => of('a')).toBe(MOST);
  const other = send('b', 1);
  await expect.poll(() => of('b')).toBe(1);
  expect(of('a')).toBe(MOST);
  for (let answered = 0; answered < 21; answered++) {
    await expect.poll(() => atWork.length).toBeGreaterThan(answered);
    atWork[answered]?.answer();
  }
  await expect.poll(() => many.statuses().length + other.statuses().length).toBe(21);
  expect(new Set([...many.statuses(), ...other.statuses()])).toEqual(new Set([200]));
});

it('refuses what waits beyond a bound, and passes over who went away', async () => {
  const { atWork, asked, of, send } = await held();
  const first = send('a', MOST);
  await expect.poll(() => of('a')).toBe(MOST);
  // Of one connection fewer are worked at together.
  const waiting = Array.from({ length: MAX_WAITING / 10 }, () => send('a', 10));
  await expect.poll(asked).toBe(MOST + MAX_WAITING);
  const late = send('a', 1);
  await expect.poll(() => late.statuses()).toEqual([429]);
  for (const { socket } of waiting) socket.destroy();
  await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(2);
  // All who went away are told of at once, behind the end of their connection.
  await new Promise((resolve) => setTimeout(resolve));
  for (const { answer } of atWork) answer();
  await expect.poll(() => first.statuses()).toEqual([200, 200]);
  expect(of('a')).toBe(MOST);
  send('a', 1);
  await expect.poll(() => of('a')).toBe(MOST + 1);
});

it('refuses bodies that would wait beyond a bound, of all beyond another, and nothing that has none', async () => {
  const { atWork, of, send } = await held();
  for (const key of ['a', 'b']) send(key, MOST);
  await expect.poll(() => [of('a'), of('b')]).toEqual([MOST, MOST]);
  const megabytes = (key: string, count: number) => send(key, 1, count * 1024 * 1024);
  const [first, second, third] = [megabytes('a', 10), megabytes('a', 6), megabytes('a', 1)];
  await expect.poll(() => third.statuses()).toEqual([429]);
  const [other, none] = [megabytes('b', 16), send('a', 1)];
  for (let answered = 0; answered < 2 * MOST + 4; answered++) {
    await expect.poll(() => atWork.length).toBeGreaterThan(answered);
    atWork[answered]?.answer();
  }
  for (const each of [first, second, other, none]) await expect.poll(() => each.statuses()).toEqual([200]);
});

it('keeps no turn for answers that a client does not read', async () => {
  const { atWork, send } = await held();
  const many = send('a', 3 * MOST);
  many.socket.pause();
  const large = Buffer.alloc(16 * 1024 * 1024);
  for (let answered = 0; answered < 3 * MOST; answered++) {
    await expect.poll(() => atWork.length).toBeGreaterThan(answered);
    atWork[answered]?.answer(large);
  }
});

it('gives no turn to who went away before his key was known', async () => {
  const tenants = new Map([[hashApiKey('a'), { id: 1, isActive: true }]]);
  let look = () => {};
  const looked = new Promise<void>((resolve) => {
    look = resolve;
  });
  const db = {
    registry: {
      findByKeyHash: async (hash: string) => {
        await looked;
        return tenants.get(hash);
      },
    },
  };
  const app = express();
  let worked = 0;
  app.get(
    '/',
    authenticate(db as unknown as DbClient, new Guesses(false)),
    takeTurns(MOST),
    (_, response) => {
      worked++;
      response.end();
    },
  );
  const port = await serve(app);
  let gone = 0;
  server.on('request', (_, answer) => answer.once('close', () => gone++));
  const ask = (times: number) => {
    const socket = connect(port, '127.0.0.1').resume();
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a\r\n\r\n'.repeat(times));
    return socket;
  };
  const sockets = [ask(5), ask(5)];
  await expect.poll(() => promisify(server.getConnections.bind(server))()).toBe(2);
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const socket of sockets) socket.resetAndDestroy();
  await expect.poll(() => gone).toBe(10);
  ask(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  look();
  await expect.poll(() => worked).toBe(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(worked).toBe(1);
});

it('keeps no place for a body whose sender went away before his key was known', async () => {
  const reached: string[] = [];
  const app = express();
  app.post('/', async (request, _response, next) => {
    await new Promise((resolve) => request.on('error', () => undefined).once('close', resolve));
    next();
  });
  const bodies = bodiesUnderWay();
  app.post('/', (request, response, next) => {
    bodies(request, response, () => reached.push('body'));
    reached.push('gone');
    next();
  });
  const port = await serve(app);
  const socket = connect(port, '127.0.0.1');
  socket.write('POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{');
  await once(server, 'request');
  socket.destroy();
  await expect.poll(() => reached).toEqual(['gone']);
});
