import { expect, test } from 'vitest';
import {
  FILE_TAKES_WRITES,
  type FileState,
  mayGo,
  SERVER_TAKES_WRITES,
  type ServerState,
  TRANSITIONS,
  type Transition,
  type TransitionName,
} from '../src/machine.ts';

/*
 * Walks through every state that two operators, a writer, crashes and lost locks can bring about, by the very
 * transition table that the commands use.
 *
 * Two rows are written, MOST_WRITES times in all. A process is any command: it may make every transition that
 * the table lets it make, in any order, die at any point, and go on after it has lost the lock. What it reads
 * it keeps, and what it then does may come any time later.
 */

const KEYS = [0, 1] as const;
const MOST_WRITES = process.env.VATEVO_TEST_LONG === '1' ? 3 : 2;

interface Process {
  readonly lock: boolean;
  /** What it found when it last looked, after it had adopted the file. */
  readonly seen: { readonly file: FileState; readonly server: ServerState } | null;
  /** That both were equal while nobody could write. */
  readonly proven: boolean;
  /** Rows on their way, and the place in the log that they stand for; -1 for the first copy of a row. */
  readonly carried: {
    readonly to: 'file' | 'server';
    readonly versions: readonly [number, number][];
    readonly place: number;
  } | null;
}

interface State {
  readonly file: FileState;
  readonly owner: number;
  readonly fileRows: readonly number[];
  /** Keys in the order of their writes. */
  readonly fileLog: readonly number[];
  /** The place in the server's log that the file stands at. */
  readonly fileApplied: number;
  readonly server: ServerState;
  readonly serverRows: readonly number[];
  readonly serverLog: readonly number[];
  readonly serverApplied: number;
  readonly copied: readonly boolean[];
  /** What the writer was told is written. */
  readonly acknowledged: readonly number[];
  readonly processes: readonly Process[];
}

const IDLE: Process = { lock: false, seen: null, proven: false, carried: null };
const START: State = {
  file: 'open',
  owner: -1,
  fileRows: [0, 0],
  fileLog: [],
  fileApplied: 0,
  server: 'none',
  serverRows: [-1, -1],
  serverLog: [],
  serverApplied: 0,
  copied: [false, false],
  acknowledged: [0, 0],
  processes: [IDLE, IDLE],
};

const put = <T>(list: readonly T[], at: number, value: T): T[] =>
  list.map((old, i) => (i === at ? value : old));
const same = (a: readonly number[], b: readonly number[]) => a.every((value, i) => value === b[i]);

/** One object for the process that is nothing yet, so that it can be told by its identity. */
const settled = (process: Process): Process =>
  process.lock || process.seen || process.proven || process.carried ? process : IDLE;

type Step = readonly [name: string, next: State];

function* steps(state: State): Generator<Step> {
  yield* writes(state);
  for (const [p, process] of state.processes.entries()) {
    const become = (changed: Partial<Process>, rest: Partial<State> = {}): State => ({
      ...state,
      ...rest,
      processes: put(state.processes, p, settled({ ...process, ...changed })),
    });
    if (process !== IDLE) yield [`${p} dies`, { ...state, processes: put(state.processes, p, IDLE) }];
    if (process.lock) yield [`${p} loses the lock`, become({ lock: false })];
    // A command takes it once, in the beginning.
    if (!state.processes.some(({ lock }) => lock) && process === IDLE)
      yield [`${p} takes the lock`, become({ lock: true })];
    // A command adopts the file, and looks only then.
    if (process.lock && state.owner !== p && state.file !== 'open')
      yield [`${p} adopts`, become({ seen: null }, { owner: p })];
    if (process.lock && (state.owner === p || state.file === 'open'))
      yield [`${p} looks`, become({ seen: { file: state.file, server: state.server } })];
    if (process.lock && provenNow(state, p)) yield [`${p} proves`, become({ proven: true })];
    yield* carries(state, p, become);
    for (const name of Object.keys(TRANSITIONS) as TransitionName[]) {
      const next = transit(state, p, name, become);
      if (next) yield [`${p} ${name}`, next];
    }
  }
}

function* writes(state: State): Generator<Step> {
  if (state.acknowledged.reduce((sum, count) => sum + count, 0) >= MOST_WRITES) return;
  for (const key of KEYS) {
    const version = (state.acknowledged[key] as number) + 1;
    const acknowledged = put(state.acknowledged, key, version);
    if (FILE_TAKES_WRITES.has(state.file)) {
      const fileLog = state.file === 'capturing' ? [...state.fileLog, key] : state.fileLog;
      yield [
        `write ${key} in the file`,
        { ...state, fileRows: put(state.fileRows, key, version), fileLog, acknowledged },
      ];
    }
    if (SERVER_TAKES_WRITES.has(state.server)) {
      const serverLog = state.server === 'serving' ? [...state.serverLog, key] : state.serverLog;
      yield [
        `write ${key} in the server`,
        { ...state, serverRows: put(state.serverRows, key, version), serverLog, acknowledged },
      ];
    }
  }
}

function provenNow(state: State, p: number): boolean {
  if (state.owner !== p || state.processes[p]?.proven) return false;
  if (state.file === 'fenced' && state.server === 'moving')
    return state.copied.every(Boolean) && state.serverApplied === state.fileLog.length;
  return state.file === 'left' && state.server === 'fenced' && state.fileApplied === state.serverLog.length;
}

type Become = (changed: Partial<Process>, rest?: Partial<State>) => State;

/** Rows are read, and written to the other side any time later. */
function* carries(state: State, p: number, become: Become): Generator<Step> {
  const process = state.processes[p] as Process;
  const { carried } = process;
  if (carried === null) {
    if (process.lock && state.server === 'moving' && state.file !== 'open') {
      for (const key of KEYS) {
        if (state.copied[key]) continue;
        const versions: [number, number][] = [[key, state.fileRows[key] as number]];
        yield [`${p} reads ${key}`, become({ carried: { to: 'server', versions, place: -1 } })];
      }
      if (state.copied.every(Boolean) && state.serverApplied < state.fileLog.length) {
        const named = [...new Set(state.fileLog.slice(state.serverApplied))];
        const versions = named.map((key): [number, number] => [key, state.fileRows[key] as number]);
        const place = state.fileLog.length;
        yield [`${p} reads changes`, become({ carried: { to: 'server', versions, place } })];
      }
    }
    const back = state.server === 'serving' || state.server === 'fenced';
    if (process.lock && back && state.file === 'left' && state.fileApplied < state.serverLog.length) {
      const named = [...new Set(state.serverLog.slice(state.fileApplied))];
      const versions = named.map((key): [number, number] => [key, state.serverRows[key] as number]);
      yield [
        `${p} reads changes back`,
        become({ carried: { to: 'file', versions, place: state.serverLog.length } }),
      ];
    }
    return;
  }
  const rows = carried.to === 'file' ? state.fileRows : state.serverRows;
  const changed = carried.versions.reduce((all, [key, version]) => put(all, key, version), [...rows]);
  // The server is written on the connection that holds the lock, the file by its owner.
  if (carried.to === 'server' && process.lock && state.server === 'moving') {
    const first = carried.place < 0;
    const [[key]] = carried.versions as [[number, number]];
    if (first && state.copied[key]) return;
    yield [
      `${p} writes rows`,
      become(
        { carried: null },
        first
          ? { serverRows: changed, copied: put(state.copied, key, true) }
          : { serverRows: changed, serverApplied: carried.place },
      ),
    ];
  }
  if (carried.to === 'file' && state.owner === p && state.file === 'left')
    yield [
      `${p} writes rows back`,
      become({ carried: null }, { fileRows: changed, fileApplied: carried.place }),
    ];
}

function transit(state: State, p: number, name: TransitionName, become: Become): State | undefined {
  const transition: Transition = TRANSITIONS[name];
  const process = state.processes[p] as Process;
  // A command waits for the rows on their way before it goes on.
  if (process.seen === null || process.carried !== null) return undefined;
  if (transition.proven && !process.proven) return undefined;
  if (transition.in === 'file') {
    const mine = state.owner === p || state.file === 'open';
    if (!mine || !mayGo(name, { file: state.file, server: process.seen.server })) return undefined;
    return become(
      { seen: { ...process.seen, file: transition.to }, proven: false },
      { file: transition.to, ...fileEffects(state, p, name) },
    );
  }
  if (!process.lock || !mayGo(name, { server: state.server, file: process.seen.file })) return undefined;
  return become(
    { seen: { ...process.seen, server: transition.to }, proven: false },
    { server: transition.to, ...serverEffects(name) },
  );
}

function fileEffects(state: State, p: number, name: TransitionName): Partial<State> {
  if (name === 'capture') return { owner: p, fileLog: [], fileApplied: 0 };
  if (name === 'release' || name === 'releaseStray' || name === 'handBack') return { owner: -1, fileLog: [] };
  return { owner: state.owner };
}

function serverEffects(name: TransitionName): Partial<State> {
  // Whatever an earlier move left is gone; the new one knows nothing yet.
  if (name === 'claim' || name === 'endAbort')
    return { serverRows: [-1, -1], serverLog: [], serverApplied: 0, copied: [false, false] };
  if (name === 'handOver' || name === 'close') return { serverLog: [] };
  return {};
}

function fault(state: State): string | undefined {
  const fileTakes = FILE_TAKES_WRITES.has(state.file);
  const serverTakes = SERVER_TAKES_WRITES.has(state.server);
  if (fileTakes && serverTakes) return 'both take writes';
  const inFile = same(state.fileRows, state.acknowledged);
  const inServer = same(state.serverRows, state.acknowledged);
  if (fileTakes && !inFile) return 'the file takes writes and lacks one that was acknowledged';
  if (serverTakes && !inServer) return 'the server takes writes and lacks one that was acknowledged';
  return inFile || inServer ? undefined : 'a write that was acknowledged is in neither';
}

interface Walk {
  readonly states: ReadonlyMap<string, State>;
  readonly before: ReadonlyMap<string, string[]>;
  readonly fault?: string;
}

function walk(): Walk {
  const first = JSON.stringify(START);
  const states = new Map([[first, START]]);
  const before = new Map<string, string[]>();
  const via = new Map<string, readonly [from: string, name: string]>();
  const path = (key: string): string[] => {
    const step = via.get(key);
    return step ? [...path(step[0]), step[1]] : [];
  };
  for (const [key, state] of states) {
    const wrong = fault(state);
    if (wrong) return { states, before, fault: `${wrong}: ${path(key).join(' → ')}` };
    for (const [name, next] of steps(state)) {
      const to = JSON.stringify(next);
      if (!states.has(to)) {
        states.set(to, next);
        via.set(to, [key, name]);
      }
      const from = before.get(to);
      if (from) from.push(key);
      else before.set(to, [key]);
    }
  }
  return { states, before };
}

const isEnd = ({ file, server, processes }: State) =>
  processes.every((process) => process.seen === null && !process.lock) &&
  ((file === 'open' && (server === 'none' || server === 'returned')) ||
    (file === 'left' && server === 'closed'));

test('no interleaving and no crash loses a write, or lets two databases take writes', () => {
  const { states, before, fault: found } = walk();
  expect(found).toBeUndefined();
  expect(states.size).toBeGreaterThan(10_000);

  // Every state can be finished or given up: from each of them a way leads to an end.
  const ending = [...states].filter(([, state]) => isEnd(state)).map(([key]) => key);
  const reaches = new Set(ending);
  for (const key of ending) {
    for (const earlier of before.get(key) ?? []) {
      if (reaches.has(earlier)) continue;
      reaches.add(earlier);
      ending.push(earlier);
    }
  }
  expect([...states.keys()].filter((key) => !reaches.has(key))).toEqual([]);
});
