import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { API_KEY } from './prepare.ts';
import type { Scenario } from './requests.ts';

const CONNECTIONS = 16;

/** One answer in so many is read as JSON; parsing all of them would take from the servers what is theirs. */
const SAMPLE = 100;

/**
 * Requests a second that a server answers. Anything but 200, or a body that is no JSON, makes the measurement
 * worthless and is an error.
 *
 * The caller is as small as one can be, since it shares the machine's cores with what it measures: the request is
 * made once, and of an answer only the status and the end are looked for.
 */
export async function measure(url: string, scenario: Scenario, seconds: number): Promise<number> {
  const request = bytesOf(url, scenario);
  const sockets = await Promise.all(Array.from({ length: CONNECTIONS }, () => open(url)));
  try {
    const start = performance.now();
    const end = start + seconds * 1000;
    const counts = await Promise.all(sockets.map((socket) => callUntil(end, socket, request)));
    const answers = counts.reduce((sum, count) => sum + count, 0);
    return (answers / (performance.now() - start)) * 1000;
  } finally {
    for (const socket of sockets) socket.destroy();
  }
}

function bytesOf(url: string, { method, path, body }: Scenario): Buffer {
  const lines = [
    `${method} ${path} HTTP/1.1`,
    `Host: ${new URL(url).host}`,
    `Authorization: Bearer ${API_KEY}`,
    ...(body === undefined
      ? []
      : ['Content-Type: application/json', `Content-Length: ${Buffer.byteLength(body)}`]),
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n${body ?? ''}`);
}

async function open(url: string): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  await once(socket, 'connect');
  return socket;
}

/** Sends the request again and again, each time when the answer is there; resolves to the number of answers. */
function callUntil(end: number, socket: Socket, request: Buffer): Promise<number> {
  return new Promise((resolve, reject) => {
    let answers = 0;
    let received: Buffer = Buffer.alloc(0);
    const receive = (chunk: Buffer) => {
      received = received.length === 0 ? chunk : Buffer.concat([received, chunk]);
      const answer = readAnswer(received);
      if (answer === undefined) return;
      check(answer, received.length, answers % SAMPLE === 0);
      received = Buffer.alloc(0);
      answers++;
      if (performance.now() < end) socket.write(request);
      else resolve(answers);
    };
    socket.on('data', (chunk) => {
      try {
        receive(chunk);
      } catch (error) {
        reject(error);
      }
    });
    socket.on('error', reject);
    socket.on('end', () => reject(new Error('The server closed a connection.')));
    socket.write(request);
  });
}

interface Answer {
  readonly status: string;
  readonly body: Buffer;
  readonly length: number;
}

/** The answer that `received` begins with; undefined while it is not all there. */
function readAnswer(received: Buffer): Answer | undefined {
  const headEnd = received.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = received.toString('latin1', 0, headEnd);
  const bodyLength = Number(/\r\ncontent-length: (\d+)/i.exec(head)?.[1]);
  if (Number.isNaN(bodyLength)) throw new Error(`An answer does not say its length: ${head}`);
  const length = headEnd + 4 + bodyLength;
  if (received.length < length) return undefined;
  return { status: head.slice(9, 12), body: received.subarray(headEnd + 4, length), length };
}

function check({ status, body, length }: Answer, received: number, parse: boolean): void {
  if (status !== '200') throw new Error(`An answer of ${status}: ${body.toString()}`);
  if (received > length) throw new Error('More came than was asked for.');
  if (parse) JSON.parse(body.toString());
}
