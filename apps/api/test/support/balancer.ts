import { once } from 'node:events';
import { createServer, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A load balancer as simple as can be: every request goes to the next of those that are in it, and is never repeated. */
export class Balancer {
  readonly #server: Server;
  readonly #members: string[] = [];
  #next = 0;

  constructor() {
    this.#server = createServer((received, answer) => {
      const member = this.#members[this.#next++ % this.#members.length];
      const sent = request(`${member}${received.url}`, {
        agent: false,
        method: received.method,
        headers: received.headers,
      });
      sent.on('response', (response) => {
        answer.writeHead(response.statusCode ?? 502, response.headers);
        response.pipe(answer);
      });
      sent.on('error', () => answer.destroy());
      received.pipe(sent);
    });
  }

  async start(): Promise<string> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  add(url: string): void {
    this.#members.push(url);
  }

  /** Sends it nothing any more; what is under way goes on. */
  remove(url: string): void {
    this.#members.splice(this.#members.indexOf(url), 1);
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }
}
