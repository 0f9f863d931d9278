/** One server of a target. */
export interface HostAddress {
  /** A name, an address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
}

/** libpq's `target_session_attrs`: which of several servers will do. */
export const SESSION_ATTRIBUTES = [
  'any',
  'read-write',
  'read-only',
  'primary',
  'standby',
  'prefer-standby',
] as const;
export type SessionAttributes = (typeof SESSION_ATTRIBUTES)[number];

/** One try to open a session: where, and what the server must be. */
export interface Attempt extends HostAddress {
  readonly wanted: Exclude<SessionAttributes, 'prefer-standby'>;
  /** Whether it did not answer a moment ago, and another one is there. */
  readonly isAvoided: boolean;
}

/** Milliseconds for which a host that did not answer is asked last. */
const AVOIDED_MS = 30_000;
const avoidedUntil = new Map<string, number>();

/**
 * A host that did not answer is asked last for a while, and not for long, so that not each connection waits for a frozen
 * server before it asks the next one, or before it may look again for one that takes over.
 */
export function avoid(address: HostAddress): void {
  avoidedUntil.set(keyOf(address), performance.now() + AVOIDED_MS);
}

/** The tries in the order of libpq: as the hosts are written or, when the load is balanced, in any order. */
export function attemptsFor(
  hosts: readonly HostAddress[],
  attributes: SessionAttributes,
  balanced: boolean,
): Attempt[] {
  const ordered = [...hosts];
  if (balanced) shuffle(ordered);
  const now = performance.now();
  const isAvoided = (host: HostAddress) => hosts.length > 1 && (avoidedUntil.get(keyOf(host)) ?? 0) > now;
  const sorted = [...ordered.filter((host) => !isAvoided(host)), ...ordered.filter(isAvoided)];
  const all = (wanted: Attempt['wanted']) =>
    sorted.map(({ host, port }) => ({ host, port, wanted, isAvoided: isAvoided({ host, port }) }));
  return attributes === 'prefer-standby' ? [...all('standby'), ...all('any')] : all(attributes);
}

/** What a server says of itself. */
export interface ServerState {
  readonly inRecovery: boolean;
  readonly readOnly: boolean;
}

/** What keeps a server from being the one wanted; undefined when it will do. */
export function unfitness(wanted: Attempt['wanted'], state: ServerState): string | undefined {
  const readOnly = state.inRecovery || state.readOnly;
  if (wanted === 'read-write' && readOnly) return state.inRecovery ? 'is a standby' : 'is read-only';
  if (wanted === 'read-only' && !readOnly) return 'takes writes';
  if (wanted === 'primary' && state.inRecovery) return 'is a standby';
  if (wanted === 'standby' && !state.inRecovery) return 'is no standby';
  return undefined;
}

/** A server was there, and was not what `target_session_attrs` asks for. */
export class UnfitServerError extends Error {
  override readonly name = 'UnfitServerError';
  /** Whether it takes no writes, and one that does was wanted. */
  readonly isReadOnly: boolean;

  constructor(wanted: Attempt['wanted'], fault: string) {
    super(`${fault}, and target_session_attrs is ${wanted}`);
    this.isReadOnly = wanted === 'read-write' || wanted === 'primary';
  }
}

/** None of several hosts would do; `cause` is the error that says most. */
export class NoHostError extends Error {
  override readonly name = 'NoHostError';

  constructor(refusals: readonly (HostAddress & { readonly error: Error })[]) {
    const of = ({ host, port, error }: (typeof refusals)[number]) => `${host}:${port} ${messageOf(error)}`;
    const telling = refusals.find(({ error }) => error instanceof UnfitServerError) ?? refusals.at(-1);
    super(refusals.map(of).join('; '), { cause: telling?.error });
  }
}

function messageOf(error: Error): string {
  return error.message || String((error as NodeJS.ErrnoException).code ?? error.name);
}

function keyOf({ host, port }: HostAddress): string {
  return `${host}:${port}`;
}

function shuffle(items: unknown[]): void {
  for (let last = items.length - 1; last > 0; last--) {
    const other = Math.floor(Math.random() * (last + 1));
    [items[last], items[other]] = [items[other], items[last]];
  }
}
