import { createServer } from 'node:net';
import { parseConfig } from '@vatevo/connection';
import { CommandError, type Env, ExitCode } from '@vatevo/shell';

/** Where the demo's API listens. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Ports tried after the preferred one, before any free one is taken. */
const NEIGHBOURS = 20;

/**
 * Chooses where the API listens: on `HOST` and `PORT` where they are set; else on 127.0.0.1 and the
 * usual port, or the next free one.
 *
 * @throws CommandError when `PORT` is set and taken; ConfigurationError when either makes no sense
 */
export async function chooseAddress(env: Env): Promise<Address> {
  const { host, port } = parseConfig({ HOST: env.HOST, PORT: env.PORT }).http;
  if (env.PORT) {
    if (port !== 0 && !(await isFree(host, port))) {
      throw new CommandError(ExitCode.usage, `Port ${port} on ${host}, which PORT asks for, is taken.`, {
        remedy: ['Set PORT to a free one, stop what uses it, or leave PORT unset.'],
      });
    }
    return { host, port: port === 0 ? await anyFree(host) : port };
  }
  for (let candidate = port; candidate < port + NEIGHBOURS; candidate++) {
    if (await isFree(host, candidate)) return { host, port: candidate };
  }
  return { host, port: await anyFree(host) };
}

/** The address as clients on this machine write it. */
export function urlOf({ host, port }: Address): string {
  const reachable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}

async function isFree(host: string, port: number): Promise<boolean> {
  return (await tryPort(host, port)) !== undefined;
}

async function anyFree(host: string): Promise<number> {
  const port = await tryPort(host, 0);
  if (port === undefined)
    throw new CommandError(ExitCode.usage, `Nothing can listen on ${host}: check HOST.`);
  return port;
}

/** Listens for a moment; `undefined` when that cannot be. */
function tryPort(host: string, port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => resolve(undefined));
    probe.listen(port, host, () => {
      const address = probe.address();
      const found = typeof address === 'object' ? address?.port : undefined;
      probe.close(() => resolve(found));
    });
  });
}
