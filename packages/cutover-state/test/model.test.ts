import { expect, test } from 'vitest';
import { FILE_TAKES_WRITES, type FileState, SERVER_TAKES_WRITES, type ServerState } from '../src/states.ts';
import { canTransition, TRANSITIONS, type Transition, type TransitionName } from '../src/transitions.ts';

/*
 * Walks through every state that two operators, a writer, crashes, lost locks and a power failure can bring about,
 * by the very transition table that the commands use.
 *
 * Two rows are written, a few times in all. A process is any command: it may make every transition that
 * the table lets it make, in any order, die at any point, and go on after it has lost the lock. What it reads
 * it keeps, and what it then does may come any time later. A power failure ends the writer and all processes, and
 * takes the file back to what was flushed last: what a service writes is not, unless it happens to be.
 *
 * A standby follows the server, and may be promoted at any moment. It lacks the server's last transition (or less) and whatever
 * came after it: what was written there since is lost, as in every failover. Processes go on without their lock.
 */

const KEYS = [0, 1] as const;
const LONG = process.env.VATEVO_TEST_LONG === '1';

/** What may happen, and what keeps a file that goes back in time from doing harm. */
interface World {
  /** How often a row is written. In the short suite two processes meet one write, and one process meets two. */
  readonly writes: number;
  /** How many processes there are at a time; a power failure ends all, so one after the other will do beside it. */
  readonly processes: number;
  readonly powerFailures: number;
  /** A place in the log is a line with its mark, and not a number alone. */
  readonly marks: boolean;
  /** The move's own commits in the file are flushed. */
  readonly durable: boolean;
  /** Standbys that are promoted. */
  readonly promotions: number;
  /** No standby is promoted that lacks the fence behind which the file took over again. */
  readonly standbysWaitedFor: boolean;
  /** A file that rows came back into from a server that is lost is not moved on. */
  readonly returnedRowsRefused: boolean;
}
// The long suite walks through some 200,000 states of each: what grows them once more takes an hour, and the memory of one process.
const STEADY: World = {
  writes: LONG ? 2 : 1,
  processes: 2,
  powerFailures: 0,
  marks: true,
  durable: true,
  promotions: 0,
  standbysWaitedFor: true,
  returnedRowsRefused: true,
};
const UNSTEADY: World = { ...STEADY, writes: LONG ? 3 : 2, processes: 1, powerFailures: LONG ? 2 : 1 };
const FAILING_OVER: World = {
  ...STEADY,
  writes: LONG ? 3 : 2,
  processes: 1,
  promotions: LONG ? 2 : 1,
};
/** In the long suite alone: a process may go on with what it knew of a server that is lost. */
const FAILING_OVER_TWO: World = { ...FAILING_OVER, writes: 1, processes: LONG ? 2 : 1, promotions: 1 };
let world = STEADY;

/** A walk of the long suite takes minutes. */
const WALK = { timeout: LONG ? 1_800_000 : 120_000 };

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
    /** The mark of the last line in the state of the file that was read. */
    readonly seen: number;
  } | null;
}

/** Of the file's change log: the key, and the version of the write as its mark. */
type Line = readonly [key: number, mark: number];

/** What a power failure may take back. */
interface File {
  readonly file: FileState;
  readonly owner: number;
  readonly fileRows: readonly number[];
  /** In the order of the writes. */
  readonly fileLog: readonly Line[];
  /** The place in the server's log that the file stands at. */
  readonly fileApplied: number;
}

/** What a standby follows. */
interface Server {
  readonly server: ServerState;
  readonly serverRows: readonly number[];
  readonly serverLog: readonly number[];
  readonly serverApplied: number;
  /** The mark of the last line that the server's rows rest on; 0 for none. */
  readonly serverSeen: number;
  readonly copied: readonly boolean[];
}

interface State extends File, Server {
  readonly flushed: File;
  /** Power failures so far. */
  readonly failures: number;
  /** The server as it was before its last transition; null where none is promoted any more. */
  readonly standby: Server | null;
  readonly promotions: number;
  /** Of the last write; no two writes have the same, one that was lost included. */
  readonly version: number;
  /** What the writer was told is written, as far as it was not lost with the machine that it ran on. */
  readonly acknowledged: readonly number[];
  readonly processes: readonly Process[];
}

const IDLE: Process = { lock: false, seen: null, proven: false, carried: null };
const EMPTY: File = { file: 'released', owner: -1, fileRows: [0, 0], fileLog: [], fileApplied: 0 };
const START: State = {
  ...EMPTY,
  flushed: EMPTY,
  failures: 0,
  standby: null,
  promotions: 0,
  server: 'none',
  serverRows: [-1, -1],
  serverLog: [],
  serverApplied: 0,
  serverSeen: 0,
  copied: [false, false],
  version: 0,
  acknowledged: [0, 0],
  processes: [IDLE, IDLE],
};

const put = <T>(list: readonly T[], at: number, value: T): T[] =>
  list.map((old, i) => (i === at ? value : old));
const same = (a: readonly number[], b: readonly number[]) => a.every((value, i) => value === b[i]);

/** A process that has come to nothing is as good as one that has not begun. */
const settled = (process: Process): Process => (isIdle(process) ? IDLE : process);
const isIdle = ({ lock, seen, proven, carried }: Process) => !lock && !seen && !proven && !carried;

type Step = readonly [name: string, next: State];

const fileOf = ({ file, owner, fileRows, fileLog, fileApplied }: File): File => ({
  file,
  owner,
  fileRows,
  fileLog,
  fileApplied,
});

const serverOf = ({ server, serverRows, serverLog, serverApplied, serverSeen, copied }: Server): Server => ({
  server,
  serverRows,
  serverLog,
  serverApplied,
  serverSeen,
  copied,
});

/** The move's own commit in the file, which flushes everything before it. */
const committed = (state: State): State =>
  world.durable && world.powerFailures > 0 ? { ...state, flushed: fileOf(state) } : state;

function* powerFailure(state: State): Generator<Step> {
  if (world.powerFailures === 0) return;
  const { flushed } = state;
  if (JSON.stringify(fileOf(state)) === JSON.stringify(flushed)) return;
  yield ['the file is flushed', { ...state, flushed: fileOf(state) }];
  if (state.failures >= world.powerFailures) return;
  const inServer =
    SERVER_TAKES_WRITES.has(state.server) ||
    (state.server === 'fenced' && !FILE_TAKES_WRITES.has(state.file));
  yield [
    'the power fails',
    {
      ...state,
      ...flushed,
      failures: state.failures + 1,
      acknowledged: inServer ? state.acknowledged : flushed.fileRows,
      processes: state.processes.map(() => IDLE),
    },
  ];
}

function* promotion(state: State): Generator<Step> {
  const { standby } = state;
  if (standby === null) return;
  const now = serverOf(state);
  if (LONG && JSON.stringify(now) !== JSON.stringify(standby))
    yield ['the standby has followed', { ...state, standby: now }];
  const fileTakes = FILE_TAKES_WRITES.has(state.file);
  if (world.standbysWaitedFor && fileTakes && SERVER_TAKES_WRITES.has(standby.server)) return;
  const hadTakenOver = SERVER_TAKES_WRITES.has(standby.server) || standby.server === 'fenced';
  const promotions = state.promotions + 1;
  yield [
    'a standby is promoted',
    {
      ...state,
      ...standby,
      standby: null,
      promotions,
      // What is left is what the service goes on with.
      ...(!fileTakes && { acknowledged: hadTakenOver ? standby.serverRows : state.fileRows }),
      processes: state.processes.map((process) => settled({ ...process, lock: false })),
    },
  ];
}

/** Whether rows came back into the file from a server that had taken over and is lost. */
const holdsReturnedRows = ({ fileApplied }: State) => world.returnedRowsRefused && fileApplied > 0;

/** Whether the file has come from the state that the server's rows rest on. */
const holdsSeen = ({ fileLog, serverSeen }: State) =>
  serverSeen === 0 || fileLog.some(([, mark]) => mark === serverSeen);

function* steps(state: State): Generator<Step> {
  yield* writes(state);
  yield* powerFailure(state);
  yield* promotion(state);
  for (const [p, process] of state.processes.entries()) {
    const become = (changed: Partial<Process>, rest: Partial<State> = {}): State => ({
      ...state,
      ...rest,
      processes: put(state.processes, p, settled({ ...process, ...changed })),
    });
    const alone = abandonment(state);
    if (alone) yield ['the server is lost, and the file abandoned', alone];
    if (!isIdle(process)) yield [`${p} dies`, { ...state, processes: put(state.processes, p, IDLE) }];
    if (process.lock) yield [`${p} loses the lock`, become({ lock: false })];
    // A command takes it once, in the beginning.
    if (!state.processes.some(({ lock }) => lock) && isIdle(process))
      yield [`${p} takes the lock`, become({ lock: true })];
    // A command adopts the file, and looks only then.
    if (process.lock && state.owner !== p && state.file !== 'released')
      yield [`${p} adopts`, committed(become({ seen: null }, { owner: p }))];
    if (process.lock && (state.owner === p || state.file === 'released'))
      yield [`${p} looks`, become({ seen: { file: state.file, server: state.server } })];
    if (process.lock && provenNow(state, p)) yield [`${p} proves`, become({ proven: true })];
    yield* carries(state, p, become);
    for (const name of Object.keys(TRANSITIONS) as TransitionName[]) {
      const next = transit(state, p, name, become);
      if (next) yield [`${p} ${name}`, next];
    }
  }
}

const NOTHING_COPIED: Pick<State, 'serverRows' | 'serverApplied' | 'serverSeen' | 'copied'> = {
  serverRows: START.serverRows,
  serverApplied: 0,
  serverSeen: 0,
  copied: START.copied,
};

/** Only where a write can be lost must no other one have its version. */
const isLossy = () => world.powerFailures > 0 || world.promotions > 0;

const written = ({ version, acknowledged }: State) =>
  isLossy() ? version : acknowledged.reduce((sum, count) => sum + count, 0);

function* writes(state: State): Generator<Step> {
  if (written(state) >= world.writes) return;
  for (const key of KEYS) {
    const lossy = isLossy();
    const version = (lossy ? state.version : (state.acknowledged[key] as number)) + 1;
    const given = lossy ? version : 0;
    const acknowledged = put(state.acknowledged, key, version);
    if (FILE_TAKES_WRITES.has(state.file)) {
      const line: Line = [key, given];
      const fileLog = state.file === 'capturing' ? [...state.fileLog, line] : state.fileLog;
      yield [
        `write ${key} in the file`,
        { ...state, fileRows: put(state.fileRows, key, version), fileLog, version: given, acknowledged },
      ];
    }
    if (SERVER_TAKES_WRITES.has(state.server)) {
      const serverLog = state.server === 'serving' ? [...state.serverLog, key] : state.serverLog;
      yield [
        `write ${key} in the server`,
        {
          ...state,
          serverRows: put(state.serverRows, key, version),
          serverLog,
          version: given,
          acknowledged,
        },
      ];
    }
  }
}

function provenNow(state: State, p: number): boolean {
  if (state.owner !== p || state.processes[p]?.proven) return false;
  if (state.file === 'fenced' && state.server === 'moving')
    return (
      state.copied.every(Boolean) &&
      state.serverApplied === state.fileLog.length &&
      (!world.marks || holdsSeen(state)) &&
      !holdsReturnedRows(state)
    );
  return (
    state.file === 'handed-over' &&
    state.server === 'fenced' &&
    state.fileApplied === state.serverLog.length &&
    // On the failback every row is compared, whatever the log says.
    same(state.fileRows, state.serverRows)
  );
}

type Become = (changed: Partial<Process>, rest?: Partial<State>) => State;

/** Rows are read, and written to the other side any time later. */
function* carries(state: State, p: number, become: Become): Generator<Step> {
  const process = state.processes[p] as Process;
  const { carried } = process;
  if (carried === null) {
    if (process.lock && state.server === 'moving' && state.file !== 'released') {
      if (world.marks && !holdsSeen(state)) {
        yield [`${p} copies anew`, become({}, NOTHING_COPIED)];
        return;
      }
      const [, seen] = state.fileLog.at(-1) ?? [-1, 0];
      for (const key of KEYS) {
        if (state.copied[key]) continue;
        const versions: [number, number][] = [[key, state.fileRows[key] as number]];
        yield [`${p} reads ${key}`, become({ carried: { to: 'server', versions, place: -1, seen } })];
      }
      if (state.copied.every(Boolean) && state.serverApplied < state.fileLog.length) {
        const named = [...new Set(state.fileLog.slice(state.serverApplied).map(([key]) => key))];
        const versions = named.map((key): [number, number] => [key, state.fileRows[key] as number]);
        const place = state.fileLog.length;
        yield [`${p} reads changes`, become({ carried: { to: 'server', versions, place, seen } })];
      }
    }
    const back = state.server === 'serving' || state.server === 'fenced';
    if (process.lock && back && state.file === 'handed-over' && state.fileApplied < state.serverLog.length) {
      const named = [...new Set(state.serverLog.slice(state.fileApplied))];
      const versions = named.map((key): [number, number] => [key, state.serverRows[key] as number]);
      yield [
        `${p} reads changes back`,
        become({ carried: { to: 'file', versions, place: state.serverLog.length, seen: 0 } }),
      ];
    }
    const wentBack =
      state.fileApplied > state.serverLog.length ||
      (state.fileApplied === state.serverLog.length && !same(state.fileRows, state.serverRows));
    if (process.lock && back && state.file === 'handed-over' && wentBack) {
      const versions = KEYS.map((key): [number, number] => [key, state.serverRows[key] as number]);
      yield [
        `${p} reads all back`,
        become({ carried: { to: 'file', versions, place: state.serverLog.length, seen: 0 } }),
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
          ? { serverRows: changed, copied: put(state.copied, key, true), serverSeen: carried.seen }
          : { serverRows: changed, serverApplied: carried.place, serverSeen: carried.seen },
      ),
    ];
  }
  if (carried.to === 'file' && state.owner === p && state.file === 'handed-over') {
    // Of a server that is lost, what came back in time is kept.
    const isLost = state.server === 'reserved' || state.server === 'moving';
    yield [
      `${p} writes rows back`,
      committed(
        become(
          { carried: null },
          { fileRows: changed, fileApplied: carried.place, ...(isLost && { acknowledged: changed }) },
        ),
      ),
    ];
  }
}

function transit(state: State, p: number, name: TransitionName, become: Become): State | undefined {
  const transition: Transition = TRANSITIONS[name];
  const process = state.processes[p] as Process;
  // A command waits for the rows on their way before it goes on.
  if (process.seen === null || process.carried !== null) return undefined;
  const { proven } = process;
  if (transition.in === 'file') {
    const mine = state.owner === p || state.file === 'released';
    // They ask the server at the last moment, on the connection that holds the lock.
    if ((name === 'failBack' || name === 'capture') && !process.lock) return undefined;
    if (!mine || !canTransition(name, { file: state.file, server: process.seen.server, proven }))
      return undefined;
    return committed(
      become(
        { seen: { ...process.seen, file: transition.to }, proven: false },
        { file: transition.to, ...fileEffects(state, p, name) },
      ),
    );
  }
  if (!process.lock || !canTransition(name, { server: state.server, file: process.seen.file, proven }))
    return undefined;
  return become(
    { seen: { ...process.seen, server: transition.to }, proven: false },
    {
      server: transition.to,
      ...serverEffects(name),
      standby: state.promotions < world.promotions ? serverOf(state) : null,
    },
  );
}

/**
 * An operator takes the file out of a move whose server is lost, or that the server knows nothing of: a process that had
 * lost the lock may have captured the file long after its move ended. What is lost with a server that had taken over is
 * another matter than what the states are for.
 */
function abandonment(state: State): State | undefined {
  const inMove = state.file === 'capturing' || state.file === 'fenced';
  if (!inMove || state.server === 'serving') return undefined;
  const taken: State = { ...state, file: 'released', owner: -1, fileLog: [] };
  if (state.server === 'none' || state.server === 'failed-back' || state.server === 'fenced')
    return committed(taken);
  return committed({
    ...taken,
    server: 'none',
    serverLog: [],
    ...NOTHING_COPIED,
    // Whoever worked with that server has lost it, and goes on for a while.
    processes: state.processes.map((process) => settled({ ...process, lock: false })),
  });
}

function fileEffects(state: State, p: number, name: TransitionName): Partial<State> {
  if (name === 'capture') return { owner: p, fileLog: [], fileApplied: 0 };
  if (name === 'release' || name === 'failBack') return { owner: -1, fileLog: [] };
  return { owner: state.owner };
}

function serverEffects(name: TransitionName): Partial<State> {
  // Whatever an earlier move left is gone; the new one knows nothing yet.
  if (name === 'reserve' || name === 'endAbort') return { serverLog: [], ...NOTHING_COPIED };
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
  /** The steps that were made, without who made them. */
  readonly steps: ReadonlySet<string>;
  readonly states: ReadonlyMap<string, State>;
  readonly before: ReadonlyMap<string, string[]>;
  readonly fault?: string;
}

/** Which of two processes is the first one makes no difference. */
function canonical(state: State): string {
  const [a, b] = state.processes.map((process) => JSON.stringify(process)) as [string, string?];
  if (b === undefined) return JSON.stringify(state);
  if (a < b || (a === b && state.owner !== 1)) return JSON.stringify(state);
  const owner = state.owner < 0 ? state.owner : 1 - state.owner;
  return JSON.stringify({ ...state, owner, processes: state.processes.toReversed() });
}

function walk(given: World): Walk {
  world = given;
  const start: State = { ...START, processes: Array.from({ length: world.processes }, () => IDLE) };
  const first = canonical(start);
  const states = new Map([[first, start]]);
  const made = new Set<string>();
  const before = new Map<string, string[]>();
  const via = new Map<string, readonly [from: string, name: string]>();
  const path = (key: string): string[] => {
    const step = via.get(key);
    return step ? [...path(step[0]), step[1]] : [];
  };
  for (const [key, state] of states) {
    const wrong = fault(state);
    if (wrong) return { steps: made, states, before, fault: `${wrong}: ${path(key).join(' → ')}` };
    for (const [name, next] of steps(state)) {
      made.add(name.replace(/^\d /, ''));
      const to = canonical(next);
      if (!states.has(to)) {
        states.set(to, JSON.parse(to) as State);
        via.set(to, [key, name]);
      }
      const from = before.get(to);
      if (from) from.push(key);
      else before.set(to, [key]);
    }
  }
  return { steps: made, states, before };
}

const isEnd = ({ file, server, processes }: State) =>
  processes.every((process) => process.seen === null && !process.lock) &&
  ((file === 'released' && (server === 'none' || server === 'failed-back')) ||
    (file === 'handed-over' && server === 'closed'));

test.for<[what: string, World, RegExp]>([
  ['marks', { ...UNSTEADY, marks: false }, /the server takes writes and lacks one .* the power fails/],
  ['a fence that is flushed', { ...UNSTEADY, durable: false }, /both take writes: .* the power fails/],
  [
    'refusing rows that came back',
    { ...FAILING_OVER, returnedRowsRefused: false },
    /the server takes writes and lacks one .* takeBack/,
  ],
  // No state of either database can prevent it.
  [
    'waiting for standbys at a failback',
    { ...FAILING_OVER, standbysWaitedFor: false },
    /both take writes: .* failBack → a standby is promoted$/,
  ],
])('without %s a failure does harm', WALK, ([, less, found]) => {
  expect(walk(less).fault).toMatch(found);
});

test.for<[what: string, World, states: number]>([
  ['no interleaving and no crash', STEADY, 10_000],
  ['no power failure', UNSTEADY, 1_000],
  ['no standby that is promoted', FAILING_OVER, 1_000],
  ['no process that knew the server before', FAILING_OVER_TWO, 100],
])('%s loses a write, or lets two databases take writes', WALK, ([, given, least]) => {
  const { steps: made, states, before, fault: found } = walk(given);
  expect(found).toBeUndefined();
  expect(made.has('takeBack')).toBe(given.promotions > 0);
  expect(states.size).toBeGreaterThan(least);

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
