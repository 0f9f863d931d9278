import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

export interface NameServer {
  /** As `Resolver.setServers` takes it. */
  readonly address: string;
  close(): void;
}

const [A, AAAA, IN] = [1, 28, 1];

/** A name server on a free port; it does not answer at all where `addresses` is undefined. */
export async function nameServer(
  addressesOf: (name: string) => readonly string[] | undefined,
): Promise<NameServer> {
  const socket = createSocket('udp4');
  socket.on('message', (question, { address, port }) => {
    const { name, type, end } = readQuestion(question);
    const addresses = addressesOf(name);
    if (addresses === undefined) return;
    const found = addresses.filter((each) => typeOf(each) === type);
    const header = Buffer.alloc(12);
    question.copy(header, 0, 0, 2);
    header.writeUInt16BE(0x8180, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(found.length, 6);
    socket.send(Buffer.concat([header, question.subarray(12, end), ...found.map(record)]), port, address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return { address: `127.0.0.1:${socket.address().port}`, close: () => socket.close() };
}

function readQuestion(message: Buffer): { name: string; type: number; end: number } {
  const labels: string[] = [];
  let at = 12;
  for (let length = message[at] ?? 0; length > 0; length = message[at] ?? 0) {
    labels.push(message.toString('latin1', at + 1, at + 1 + length));
    at += 1 + length;
  }
  return { name: labels.join('.').toLowerCase(), type: message.readUInt16BE(at + 1), end: at + 5 };
}

const typeOf = (address: string) => (isIP(address) === 4 ? A : AAAA);

/** An answer that refers to the name of the question. */
function record(address: string): Buffer {
  const bytes = ipaddr.parse(address).toByteArray();
  const header = Buffer.alloc(12);
  header.writeUInt16BE(0xc00c, 0);
  header.writeUInt16BE(typeOf(address), 2);
  header.writeUInt16BE(IN, 4);
  header.writeUInt32BE(60, 6);
  header.writeUInt16BE(bytes.length, 10);
  return Buffer.concat([header, Buffer.from(bytes)]);
}
