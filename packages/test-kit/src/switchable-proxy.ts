import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be made a black hole: it goes on taking connections, and nothing comes through. */
export interface SwitchableProxy {
  readonly port: number;
  /** Connections taken so far. */
  readonly accepted: number;
  /** Bytes that came from clients so far. */
  readonly received: number;
  swallow(on: boolean): void;
  /** New connections lead there; those that are open are kept, and nothing comes through them any more. */
  leadTo(port: number): void;
  /** Ends every connection that is open. */
  cut(): void;
  close(): Promise<void>;
}

export async function startProxy(host: string, port: number): Promise<SwitchableProxy> {
  const sockets = new Set<Socket>();
  let swallowing = false;
  let accepted = 0;
  let received = 0;
  const keep = (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
    if (swallowing) socket.pause();
  };
  const cut = () => {
    for (const socket of sockets) socket.destroy();
  };
  let leadsTo = port;
  const server = createServer((client) => {
    accepted += 1;
    const upstream = connect(leadsTo, host);
    keep(client);
    keep(upstream);
    client.on('data', (chunk) => {
      received += chunk.length;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => client.write(chunk));
    client.on('close', () => upstream.destroy());
    upstream.on('close', () => client.destroy());
    if (swallowing) for (const socket of [client, upstream]) socket.pause();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    get accepted() {
      return accepted;
    },
    get received() {
      return received;
    },
    swallow(on) {
      swallowing = on;
      for (const socket of sockets) on ? socket.pause() : socket.resume();
    },
    leadTo(other) {
      leadsTo = other;
      for (const socket of sockets) socket.pause();
    },
    cut,
    async close() {
      cut();
      server.close();
      await once(server, 'close');
    },
  };
}
