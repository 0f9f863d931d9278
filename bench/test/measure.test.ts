import { createServer, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { measure } from '../src/api/measure.ts';
import type { Scenario } from '../src/api/requests.ts';

const GET: Scenario = { name: 'GET', method: 'GET', path: '/', legacy: 1 };
const SECONDS = 0.2;

let server: Server | undefined;
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  server?.close();
});

/** A server that does `answer` for every request, and counts them. */
async function start(answer: (socket: Socket) => void): Promise<{ url: string; requests: () => number }> {
  let requests = 0;
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', () => {
      requests++;
      answer(socket);
    });
  });
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { url: `http://127.0.0.1:${port}`, requests: () => requests };
}

const answer = (status: number, body: string) =>
  `HTTP/1.1 ${status} X\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`;

describe('measuring a server', () => {
  it('counts the answers, whole or in pieces', async () => {
    const text = answer(200, '{"ä":1}');
    const { url, requests } = await start((socket) => {
      socket.write(text.slice(0, 30));
      setImmediate(() => socket.write(text.slice(30)));
    });
    const rate = await measure(url, GET, SECONDS);
    expect(rate).toBeGreaterThan(0);
    expect(rate * SECONDS).toBeLessThanOrEqual(requests());
  });

  it.each<[string, (socket: Socket) => void, string]>([
    ['another status', (socket) => socket.write(answer(503, '{"detail":"busy"}')), 'An answer of 503'],
    ['a body that is no JSON', (socket) => socket.write(answer(200, 'sorry')), 'JSON'],
    [
      'an answer without its length',
      (socket) => socket.write('HTTP/1.1 200 OK\r\n\r\n'),
      'does not say its length',
    ],
    ['two answers', (socket) => socket.write(answer(200, '{}').repeat(2)), 'More came than was asked for'],
    ['a connection that is closed', (socket) => socket.end(), 'closed a connection'],
  ])('fails for %s', async (_, misbehave, message) => {
    const { url } = await start(misbehave);
    await expect(measure(url, GET, SECONDS)).rejects.toThrow(message);
  });
});
