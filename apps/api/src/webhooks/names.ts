import { Resolver } from 'node:dns/promises';
import { readFileSync } from 'node:fs';
import { isIP, type LookupFunction } from 'node:net';
import { ForbiddenAddressError, isPublicAddress } from './address.ts';

/** Milliseconds for one question, and how often it is put. */
const TIMEOUT_MS = 1_500;
const TRIES = 2;
/** Names that are asked for at the same time; each once, however many deliveries wait for it. */
const MAX_AT_ONCE = 128;
/** Milliseconds for which an answer counts. */
const KEPT_MS = 10_000;
const MAX_KEPT = 10_000;

export interface NamesOptions {
  /** Let names lead to private, loopback and link-local addresses, too. */
  readonly privateAddresses: boolean;
  /** Name servers to ask; those of the system when omitted. */
  readonly servers?: readonly string[] | undefined;
}

interface Answer {
  readonly addresses: Promise<readonly string[]>;
  readonly until: number;
}

/**
 * Where the names of receivers lead. They are asked for without the system's threads, of which there are four for the
 * whole process: a name server that is silent holds up nobody but those who wait for its names.
 */
export class Names {
  readonly #options: NamesOptions;
  readonly #kept = new Map<string, Answer>();
  readonly #hosts: ReadonlyMap<string, readonly string[]>;
  readonly #asking = new Set<Resolver>();
  readonly #waiting: (() => void)[] = [];
  #closed = false;

  constructor(options: NamesOptions) {
    this.#options = options;
    this.#hosts = options.privateAddresses ? localNames() : new Map();
  }

  /** For connections: they go to what was checked when they are made. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname.toLowerCase()).then(
      (addresses) => {
        const { privateAddresses } = this.#options;
        const found = addresses
          .filter((address) => privateAddresses || isPublicAddress(address))
          .map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (first === undefined) callback(new ForbiddenAddressError(), []);
        else if (options.all) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };

  /** Gives up whatever is being asked. */
  close(): void {
    this.#closed = true;
    for (const resolver of this.#asking) resolver.cancel();
    for (const go of this.#waiting.splice(0)) go();
  }

  #resolve(name: string): Promise<readonly string[]> {
    const local = this.#hosts.get(name);
    if (local) return Promise.resolve(local);
    const now = performance.now();
    const known = this.#kept.get(name);
    if (known && known.until > now) return known.addresses;
    const addresses = this.#ask(name);
    addresses.catch(() => undefined);
    this.#kept.delete(name);
    this.#kept.set(name, { addresses, until: now + KEPT_MS });
    const [oldest] = this.#kept.keys();
    if (this.#kept.size > MAX_KEPT && oldest !== undefined) this.#kept.delete(oldest);
    return addresses;
  }

  async #ask(name: string): Promise<readonly string[]> {
    if (this.#asking.size >= MAX_AT_ONCE) await new Promise<void>((go) => this.#waiting.push(go));
    if (this.#closed) throw new Error('nobody waits for it any more');
    const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
    if (this.#options.servers) resolver.setServers(this.#options.servers);
    this.#asking.add(resolver);
    try {
      const [four, six] = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const found = [four, six].flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
      if (found.length === 0 && four.status === 'rejected') throw four.reason;
      return found;
    } finally {
      this.#asking.delete(resolver);
      this.#waiting.shift()?.();
    }
  }
}

/** Names of this machine and its network, which no name server knows. */
function localNames(): Map<string, string[]> {
  const names = new Map([['localhost', ['127.0.0.1', '::1']]]);
  let hosts = '';
  try {
    hosts = readFileSync('/etc/hosts', 'utf8');
  } catch {
    // A machine without the file has no such names.
  }
  for (const line of hosts.split('\n')) {
    const [address, ...named] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address === undefined || isIP(address) === 0) continue;
    for (const name of named) {
      const known = names.get(name.toLowerCase()) ?? [];
      if (!known.includes(address)) names.set(name.toLowerCase(), [...known, address]);
    }
  }
  return names;
}
