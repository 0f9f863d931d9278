import { once } from 'node:events';
import { connect } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Client } from './client.ts';

/** Asks for a path 300 times on one connection, and reads nothing. */
export async function askWithoutReading(api: { url: string; client: Client }, path: string): Promise<void> {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname).pause();
  onTestFinished(() => void socket.destroy());
  socket.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(300));
  await once(socket, 'connect');
  // What was sent before has its turns before.
  for (let time = 0; time < 20; time++) await api.client.get('/health');
}
