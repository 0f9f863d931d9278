import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { afterEach, expect, it } from 'vitest';
import { Post } from '../src/webhooks/post.ts';

const TIMEOUT_MS = 500;
const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n';

const servers: Server[] = [];
const sockets = new Set<Socket>();
afterEach(() => {
  for (const socket of sockets) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

/** A receiver that does with each connection what it likes. */
async function receiver(receive: (socket: Socket) => void) {
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    receive(socket);
  }).listen(0, '127.0.0.1');
  servers.push(server);
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  return { url, connections: () => connections };
}

const answering = (...texts: (string | Buffer)[]) => {
  return (socket: Socket) =>
    socket.on('data', () => socket.write(Buffer.concat(texts.map((text) => Buffer.from(text as string)))));
};

/** Answers, and then sends the same for ever, as fast as it is taken. */
const flooding = (beginning: string, text: string) => (socket: Socket) => {
  const more = () => {
    while (!socket.destroyed && socket.write(text));
  };
  socket.once('data', () => {
    socket.write(beginning);
    socket.on('drain', more);
    more();
  });
};

const dripping = (text: string) => (socket: Socket) => {
  let at = 0;
  const drip = setInterval(() => socket.write(text[at++ % text.length] ?? ''), 50);
  socket.on('close', () => clearInterval(drip)).resume();
};

const sayingContinueFirst = (socket: Socket) => {
  socket.on('data', () => {
    socket.write('HTTP/1.1 100 Continue\r\nX: y\r\n\r\n');
    setTimeout(() => socket.write(OK), 50);
  });
};

/** A write for each byte: the next turn of the event loop sends the next one. */
const byteByByte = (text: string) => (socket: Socket) =>
  socket.setNoDelay().on('data', async () => {
    for (const byte of text) {
      socket.write(byte);
      await setImmediate();
    }
  });

const CONTINUE = 'HTTP/1.1 100 Continue\r\nX: y\r\n\r\n';

const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024));
const large = 'x'.repeat(64 * 1024);

it.each<[string, (socket: Socket) => void, boolean]>([
  ['answers a byte at a time', dripping('HTTP/1.1 200 OK\r\n'), false],
  ['never reads', (socket) => socket.pause(), false],
  ['sends a header without end', flooding('HTTP/1.1 200 OK\r\nX: ', large), false],
  ['sends headers without end', flooding('HTTP/1.1 200 OK\r\n', 'X: y\r\n'.repeat(1000)), false],
  ['sends interim answers without end', flooding('', 'HTTP/1.1 103 Early Hints\r\n\r\n'.repeat(1000)), false],
  ['sends an interim answer before its own', answering('HTTP/1.1 102 Processing\r\n\r\n', OK), true],
  ['says unasked that it is to be gone on', answering('HTTP/1.1 100 Continue\r\n\r\n', OK), true],
  ['says so apart from its answer', sayingContinueFirst, true],
  [
    'says so among other interim answers',
    answering(CONTINUE, 'HTTP/1.1 103 Early Hints\r\n\r\n', CONTINUE, OK),
    true,
  ],
  ['says so twice, a byte at a time', byteByByte(CONTINUE + CONTINUE + OK), true],
  [
    'says in its answer what is no such answer',
    answering(OK.replace('0\r\n\r\n', `${CONTINUE.length}\r\n\r\n${CONTINUE}`)),
    true,
  ],
  ['says so without end', flooding('', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(1000)), false],
  [
    'sends a body of 100 GB',
    flooding('HTTP/1.1 200 OK\r\nContent-Length: 100000000000\r\n\r\n', large),
    true,
  ],
  [
    'sends chunks without end',
    flooding('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;', large),
    true,
  ],
  [
    'sends what is a thousand times as large unpacked',
    answering(`HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: ${bomb.length}\r\n\r\n`, bomb),
    true,
  ],
  ['closes at once', (socket) => socket.end(), false],
  ['resets at once', (socket) => socket.resetAndDestroy(), false],
  ['closes within its answer', (socket) => socket.once('data', () => socket.end('HTTP/1.1 20')), false],
  [
    'closes within the body of its answer',
    (socket) => socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx')),
    true,
  ],
  ['redirects to itself', answering('HTTP/1.1 307 No\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'), false],
  ['speaks another protocol', answering('220 smtp.example ESMTP\r\n'), false],
  [
    'wants another protocol',
    answering('HTTP/1.1 101 No\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n'),
    false,
  ],
  ['answers with a status that is none', answering('HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n'), false],
  ['answers twice', answering(OK, OK), true],
  [
    'answers as of HTTP/1.0',
    (socket) => socket.once('data', () => socket.end('HTTP/1.0 200 OK\r\n\r\n')),
    true,
  ],
])('a receiver that %s', async (_name, receive, ok) => {
  const { url, connections } = await receiver(receive);
  const post = new Post({ privateAddresses: true });
  const result = await post.send(url, { body: '{}', headers: {} }, TIMEOUT_MS, () => true);
  expect(result).toMatchObject({ ok });
  // Sent again at the most once, and only over a connection that was lost.
  expect(connections()).toBeLessThanOrEqual(2);
  post.close();
  // Who does not read is not told of the end.
  for (const socket of sockets) socket.resume();
  await expect.poll(() => sockets.size).toBe(0);
});

it('a redirect leads nowhere', async () => {
  const inside = await receiver(answering(OK));
  const { url } = await receiver(
    answering(`HTTP/1.1 307 Elsewhere\r\nLocation: ${inside.url}\r\nContent-Length: 0\r\n\r\n`),
  );
  const post = new Post({ privateAddresses: true });
  const result = await post.send(url, { body: '{}', headers: {} }, TIMEOUT_MS, () => true);
  expect(result).toEqual({ ok: false, reason: 'the receiver answered 307' });
  post.close();
  expect(inside.connections()).toBe(0);
});

it('an answer in pieces is understood over a connection that had one before', async () => {
  const { url, connections } = await receiver(byteByByte(CONTINUE + OK));
  const post = new Post({ privateAddresses: true });
  // A result is there before its connection is free for the next one.
  for (let sent = 0; sent === connections(); sent++) {
    const result = await post.send(url, { body: '{}', headers: {} }, 5000, () => true);
    expect(result).toEqual({ ok: true });
    await sleep(20);
  }
  post.close();
});
