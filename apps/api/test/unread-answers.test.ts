import { once } from 'node:events';
import type { Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { type DbClient, hashApiKey } from '@vatevo/db';
import express from 'express';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { authenticate } from '../src/http/authenticate.ts';
import { errorHandler } from '../src/http/error-handler.ts';
import { Guesses } from '../src/http/guesses.ts';
import { unreadAnswers } from '../src/http/unread-answers.ts';
import { createLog } from '../src/log.ts';
import { listen } from '../src/server/listen.ts';

const LARGE = Buffer.alloc(8 * 1024 * 1024);
/** So many of them are more than a tenant may leave unread. */
const ANSWERS = 4;

let server: Server;
let url: string;
let answered: number;
const sockets: Socket[] = [];

beforeEach(async () => {
  const tenants = new Map(['a', 'b', 'c'].map((key, id) => [hashApiKey(key), { id, isActive: true }]));
  const db = { registry: { findByKeyHash: async (hash: string) => tenants.get(hash) } };
  const app = express();
  app.use(authenticate(db as unknown as DbClient, new Guesses(false)), unreadAnswers());
  answered = 0;
  app.get('/large', (_request, response) => {
    answered++;
    response.end(LARGE);
  });
  app.get('/small', (_request, response) => void response.end('small'));
  app.use(errorHandler(createLog({ write: () => undefined })));
  server = await listen(app, { host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  server.closeAllConnections();
  server.close();
});

/** A client that asks for large answers, and reads none of them; the server's end of its connection. */
async function leaveUnread(key: string): Promise<{ client: Socket; socket: Socket }> {
  const client = connect(Number(new URL(url).port), '127.0.0.1').pause();
  sockets.push(client.on('error', () => undefined));
  const before = answered;
  client.write(`GET /large HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${key}\r\n\r\n`.repeat(2 * ANSWERS));
  const [socket] = (await once(server, 'connection')) as [Socket];
  await expect.poll(() => answered - before).toBeGreaterThanOrEqual(ANSWERS);
  return { client, socket };
}

const ask = async (key: string) =>
  (await fetch(`${url}/small`, { headers: { Authorization: `Bearer ${key}` } })).status;

it('gives a tenant no more answers until those are read that he has, and others theirs', async () => {
  const { client } = await leaveUnread('a');
  expect([await ask('a'), await ask('b')]).toEqual([429, 200]);
  client.resume();
  await expect.poll(() => ask('a')).toBe(200);
});

it('cuts off who leaves most unread when all of it is too much', async () => {
  const [a, b] = [await leaveUnread('a'), await leaveUnread('b')];
  expect([a.socket.destroyed, b.socket.destroyed]).toEqual([false, false]);
  const c = await leaveUnread('c');
  await expect.poll(() => [a, b, c].some(({ socket }) => socket.destroyed)).toBe(true);
  expect(await Promise.all(['a', 'b', 'c'].map(ask))).toContain(200);
});
