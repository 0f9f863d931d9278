import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';

/** Listens with room for hardly anybody in line, and is stopped before it takes anyone out of it. */
const FROZEN_LISTENER = `
  const server = require('node:net').createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => {
    require('node:fs').writeSync(1, server.address().port + '\\n');
    process.kill(process.pid, 'SIGSTOP');
  });`;

/** A port to which packets are lost: the system drops the requests to connect when the line is full (Linux). */
export async function droppingPort(): Promise<{ readonly port: number; close(): Promise<void> }> {
  const child = spawn(process.execPath, ['-e', FROZEN_LISTENER], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(child.stdout, 'data')) as [Buffer];
  const port = Number(line.toString());
  const inLine: Socket[] = [];
  // Until one is not taken any more.
  for (let full = false; !full; ) {
    const socket = connect(port, '127.0.0.1').on('error', () => undefined);
    inLine.push(socket);
    full = await Promise.race([
      once(socket, 'connect').then(() => false),
      new Promise<boolean>((resolve) => setTimeout(() => resolve(true), 500)),
    ]);
  }
  return {
    port,
    async close() {
      for (const socket of inLine) socket.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}
