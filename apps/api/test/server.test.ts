import { EventEmitter, once } from 'node:events';
import {
  Agent,
  get,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http';
import { connect, type Socket } from 'node:net';
import express from 'express';
import { afterEach, describe, expect, it } from 'vitest';
import { prepareDrain } from '../src/server/drain.ts';
import { type ListenOptions, listen, urlOf } from '../src/server/listen.ts';
import { messagesOf } from '../src/server/messages.ts';
import { StartError } from '../src/server/start-error.ts';

const started: Server[] = [];

async function start(handler: RequestListener, options: Partial<ListenOptions> = {}) {
  const server = await listen(handler, { host: '127.0.0.1', port: 0, ...options });
  started.push(server);
  return { server, url: urlOf(server) };
}

afterEach(() => {
  for (const server of started.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function request(url: string, agent: Agent) {
  const [response] = (await once(get(url, { agent }), 'response')) as [IncomingMessage];
  let body = '';
  for await (const chunk of response) body += chunk;
  return { body, connection: response.headers.connection };
}

describe('listen', () => {
  it('says in one sentence that a port is taken', async () => {
    const { server } = await start((_request, response) => response.end());
    const port = Number(new URL(urlOf(server)).port);
    const attempt = listen(() => undefined, { host: '127.0.0.1', port });
    await expect(attempt).rejects.toThrow(StartError);
    await expect(attempt).rejects.toThrow(
      `Cannot listen on 127.0.0.1:${port}: the port is taken. Set PORT to a free one, or stop what uses it.`,
    );
  });

  it('reads few requests ahead of those that it works at: of a connection, and of all', async () => {
    const SENT = 50_000;
    let read = 0;
    const { server, url } = await start(({ url: path }, response) => {
      if (path === '/now') response.end('now');
    });
    server.prependListener('request', () => read++);
    const { hostname, port } = new URL(url);
    const flood = async () => {
      const client = connect(Number(port), hostname).on('error', () => undefined);
      client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(SENT));
      const [socket] = (await once(server, 'connection')) as [Socket];
      return { client, socket };
    };
    const floods = [await flood()];
    await expect.poll(() => read).toBeGreaterThan(16);
    expect((await request(`${url}/now`, new Agent())).body).toBe('now');
    await new Promise((resolve) => setTimeout(resolve, 100));
    // What comes in one piece is read at once.
    expect(read).toBeLessThan(SENT / 5);
    while (floods.length < 12) floods.push(await flood());
    await expect.poll(() => floods.some(({ socket }) => socket.destroyed)).toBe(true);
    expect((await request(`${url}/now`, new Agent())).body).toBe('now');
    for (const { client } of floods) client.destroy();
  });

  it('has a place for who asks, whatever others leave half-sent', async () => {
    const most = 4;
    const { url } = await start(
      ({ url: path }, response) => {
        if (path === '/slow') setTimeout(() => response.end('slow'), 200);
        else response.end(path);
      },
      { maxConnections: most },
    );
    const { hostname, port } = new URL(url);
    const [slow, kept] = [request(`${url}/slow`, new Agent()), new Agent({ keepAlive: true })];
    await request(`${url}/kept`, kept);
    const halves = Array.from({ length: 3 * most }, (_, n) => {
      const body = n % 2 === 0 ? '' : 'Content-Length: 9\r\n\r\n{';
      const socket = connect(Number(port), hostname).on('error', () => undefined);
      socket.write(`POST / HTTP/1.1\r\nHost: a\r\n${body}`);
      return socket;
    });
    await Promise.all(halves.map((socket) => once(socket, 'connect')));
    for (let asked = 0; asked < 3; asked++)
      expect((await request(`${url}/asked`, new Agent())).body).toBe('/asked');
    expect((await slow).body).toBe('slow');
    for (const socket of halves) socket.destroy();
    kept.destroy();
  });

  it('cuts a connection whose client reads nothing of its answer, and none that waits for one', async () => {
    const READ_MS = 200;
    const { server, url } = await start(
      ({ url: path }, response) => {
        if (path === '/large') response.end(Buffer.alloc(64 * 1024 * 1024));
        else setTimeout(() => response.end('late'), 4 * READ_MS);
      },
      { readMs: READ_MS },
    );
    const { hostname, port } = new URL(url);
    const late = request(`${url}/late`, new Agent());
    await once(server, 'connection');
    const unread = connect(Number(port), hostname).pause();
    unread.on('error', () => undefined).write('GET /large HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(2));
    const [socket] = (await once(server, 'connection')) as [Socket];
    await once(socket, 'close');
    unread.destroy();
    expect((await late).body).toBe('late');
  });

  it('answers another connection in between, however many requests one has sent at once, and all of those in their order', async () => {
    const SENT = 1_000;
    const before: string[] = [];
    const { url } = await start(({ url: path = '' }, response) => {
      before.push(path);
      response.end(path);
    });
    const { hostname, port } = new URL(url);
    const [many, one] = [connect(Number(port), hostname), connect(Number(port), hostname)];
    await Promise.all([once(many, 'connect'), once(one, 'connect')]);
    const ask = (path: string) => `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`;
    many.write(Array.from({ length: SENT }, (_, i) => ask(`/${i}`)).join(''));
    one.write(ask('/one'));
    let said = '';
    many.on('data', (data) => {
      said += data;
    });
    await once(one, 'data');
    expect(before.indexOf('/one')).toBeLessThan(SENT / 2);
    await expect.poll(() => said.match(/^\/\d+$|\/\d+(?=HTTP)/gm)).toHaveLength(SENT);
    expect(before.filter((path) => path !== '/one')).toEqual(Array.from({ length: SENT }, (_, i) => `/${i}`));
    many.destroy();
    one.destroy();
  });

  it('says that an address is not of this machine', async () => {
    await expect(listen(() => undefined, { host: '192.0.2.1', port: 0 })).rejects.toThrow(
      /Set HOST to one that is/,
    );
  });
});

it("makes requests and answers that are an Express app's before it has seen them", async () => {
  const app = express();
  app.get('/', (request, response) => void response.json({ path: request.path }));
  const { server, url } = await start(app, { messages: messagesOf(app) });
  const seen: unknown[] = [];
  server.prependListener('request', (...messages) => seen.push(...messages.map(Object.getPrototypeOf)));
  expect(await (await fetch(url)).json()).toEqual({ path: '/' });
  expect(seen).toEqual([app.request, app.response]);
});

describe('drain', () => {
  it('answers the request under way, closes kept-alive connections and refuses new ones', async () => {
    const gate = new EventEmitter();
    const { server, url } = await start(async (incoming, response) => {
      if (incoming.url === '/slow') await once(gate, 'open');
      response.end('done');
    });
    const drain = prepareDrain(server);
    const agent = new Agent({ keepAlive: true });

    // Leaves an idle kept-alive connection behind.
    expect((await request(`${url}/`, agent)).connection).toBe('keep-alive');
    const arrived = once(server, 'request');
    const slow = request(`${url}/slow`, agent);
    await arrived;

    const drained = drain(60_000);
    const late = connect(Number(new URL(url).port), '127.0.0.1');
    await expect(once(late, 'connect')).rejects.toThrow('ECONNREFUSED');

    gate.emit('open');
    expect(await slow).toEqual({ body: 'done', connection: 'close' });
    expect(await drained).toBe(true);
    agent.destroy();
  });

  it('waits for no connection that brings no request', async () => {
    const { server, url } = await start((_request, response) => response.end());
    const drain = prepareDrain(server);
    const { hostname, port } = new URL(url);
    const clients = [connect(Number(port), hostname), connect(Number(port), hostname)];
    for (const client of clients) await once(client, 'connect');
    clients[0]?.write('GET / HTTP/1.1\r\nHost');
    await request(url, new Agent());
    const closed = clients.map((client) => once(client.resume(), 'close'));
    expect(await drain(600_000)).toBe(true);
    await Promise.all(closed);
  });

  it('answers a request whose beginning has arrived', async () => {
    const { server, url } = await start((_request, response) => response.end('whole'));
    const drain = prepareDrain(server);
    const { hostname, port } = new URL(url);
    const client = connect(Number(port), hostname);
    const [socket] = (await once(server, 'connection')) as [Socket];
    client.write('GET / HTTP/1.1\r\n');
    await expect.poll(() => socket.bytesRead).toBeGreaterThan(0);
    const drained = drain(60_000);
    client.write('Host: a\r\n\r\n');
    let answer = '';
    for await (const chunk of client) answer += chunk;
    expect(answer).toMatch(/^HTTP\/1\.1 200 .*\r\nConnection: close/);
    expect(await drained).toBe(true);
  });

  it('keeps nothing of what comes behind an answer that ends its connection', async () => {
    const { server, url } = await start((_request, response) => response.end());
    const open = new Set<ServerResponse>();
    let arrived = 0;
    server.prependListener('request', (_request, response) => {
      arrived++;
      open.add(response);
      response.once('close', () => open.delete(response));
    });
    const { hostname, port } = new URL(url);
    const client = connect({ port: Number(port), host: hostname, allowHalfOpen: true }).resume();
    client.write('GET / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n');
    await once(client, 'end');
    client.end(`x${'GET / HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(3)}`);
    await expect.poll(() => [arrived, open.size]).toEqual([4, 0]);
  });

  it('cuts off what is not answered within the grace period', async () => {
    const { server, url } = await start(() => undefined);
    const drain = prepareDrain(server);
    const arrived = once(server, 'request');
    const hanging = request(url, new Agent());
    const outcome = expect(hanging).rejects.toThrow('socket hang up');
    await arrived;
    expect(await drain(50)).toBe(false);
    await outcome;
  });
});
