import { describe, expect, it } from 'vitest';
import {
  FILE_STATES,
  type FileReading,
  fileState,
  primaryOf,
  SERVER_STATES,
  type ServerReading,
  STORED_IN_FILE,
  STORED_IN_SERVER,
  serverState,
} from '../src/index.ts';

const THIS = '1:7';
const OTHER = '1:8';

/** `missing` and `away`: no file, and nothing that could be read; `none`: no record. */
function file(state: string): FileReading {
  if (state === 'missing' || state === 'away')
    return { ok: false, missing: state === 'missing', message: 'away' };
  if (state === 'none') return { ok: true, record: undefined, identity: THIS };
  const stored = STORED_IN_FILE[state as keyof typeof STORED_IN_FILE] ?? state;
  return { ok: true, record: { move: 'm', state: fileState(stored), stored }, identity: THIS };
}

function server(state: string, returnFile?: string): ServerReading {
  if (state === 'away') return { ok: false, message: 'away' };
  if (state === 'none') return { ok: true, record: undefined };
  const stored = STORED_IN_SERVER[state as keyof typeof STORED_IN_SERVER] ?? state;
  const record = { move: 'm', state: serverState(stored), stored, sourceName: 'a.db', returnFile };
  return { ok: true, record };
}

describe('the primary', () => {
  it.each([
    // There: every pair of states that a move passes through, in its order.
    ['none', 'none', 'file'],
    ['none', 'reserved', 'file'],
    ['capturing', 'reserved', 'file'],
    ['capturing', 'moving', 'file'],
    ['fenced', 'moving', 'file'],
    ['fenced', 'serving', 'server'],
    ['handed-over', 'serving', 'server'],
    ['handed-over', 'closed', 'server'],
    // Given up.
    ['capturing', 'aborting', 'file'],
    ['fenced', 'aborting', 'file'],
    ['released', 'aborting', 'file'],
    // Back.
    ['handed-over', 'fenced', 'server'],
    ['released', 'fenced', 'file'],
    ['none', 'fenced', 'file'],
    ['none', 'failed-back', 'file'],
    ['released', 'failed-back', 'file'],
    // There again; a killed command may have left a capture behind.
    ['none', 'reserved', 'file'],
    ['capturing', 'fenced', 'file'],
    ['capturing', 'failed-back', 'file'],
    // Files that PostgreSQL knows better than.
    ['missing', 'serving', 'server'],
    ['none', 'serving', 'server'],
    ['away', 'closed', 'server'],
    ['missing', 'fenced', 'server'],
    ['missing', 'none', 'file'],
    // What cannot be read.
    ['none', 'away', 'unknown'],
    ['fenced', 'away', 'unknown'],
    ['handed-over', 'away', 'unknown'],
    ['missing', 'away', 'unknown'],
    ['capturing', 'away', 'file'],
    ['away', 'none', 'file'],
    ['away', 'failed-back', 'file'],
    ['away', 'fenced', 'unknown'],
    // What does not belong together.
    ['handed-over', 'none', 'neither'],
    ['handed-over', 'reserved', 'neither'],
    ['handed-over', 'failed-back', 'neither'],
    ['missing', 'failed-back', 'neither'],
  ])('with the file %s and PostgreSQL %s: %s', (fileState, serverState, side) => {
    expect(primaryOf(file(fileState), server(serverState, THIS)).side).toBe(side);
  });

  it('is no file but the one that PostgreSQL was handed back to', () => {
    expect(primaryOf(file('none'), server('fenced', OTHER))).toEqual({ side: 'server' });
    expect(primaryOf(file('none'), server('failed-back', OTHER))).toEqual({
      side: 'neither',
      because: 'other-file',
    });
  });

  const anyFile = [...FILE_STATES, 'none', 'missing', 'away'];
  const anyServer = [...SERVER_STATES, 'away'];

  it.each([
    ...anyFile.map((state) => [state, 'of a later release']),
    ...anyServer.map((state) => ['of a later release', state]),
  ] as [string, string][])('is nobody, with the file %s and PostgreSQL %s', (fileState, serverState) => {
    expect(primaryOf(file(fileState), server(serverState, THIS))).toEqual({
      side: 'neither',
      because: 'unknown-state',
      message: expect.stringMatching(
        /state "of a later release" .* release \d+\.\d+\.\d+ .* use the later release/,
      ),
    });
  });
});

it('keeps the names under which states are stored', () => {
  // Databases hold them: none of these may ever change.
  expect(STORED_IN_FILE).toEqual({
    released: 'open',
    capturing: 'capturing',
    fenced: 'fenced',
    'handed-over': 'left',
  });
  expect(STORED_IN_SERVER).toEqual({
    reserved: 'claimed',
    moving: 'moving',
    aborting: 'aborting',
    serving: 'serving',
    fenced: 'fenced',
    'failed-back': 'returned',
    closed: 'closed',
  });
});
