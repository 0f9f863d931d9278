import {
  type FileReading,
  fileState,
  type ServerReading,
  STORED_IN_FILE,
  STORED_IN_SERVER,
  serverState,
} from '@vatevo/cutover-state';
import { describe, expect, it } from 'vitest';
import { findPrimary, mayChange } from '../src/database/primary.ts';

const IDENTITY = '1:7';
const AWAY = { ok: false, missing: false, message: 'it is away' } as const;

function file(stored?: string): FileReading {
  const record = stored === undefined ? undefined : { move: 'm', state: fileState(stored), stored };
  return { ok: true, record, identity: IDENTITY };
}

function server(stored?: string, returnFile?: string): ServerReading {
  const record =
    stored === undefined
      ? undefined
      : { move: 'm', state: serverState(stored), stored, sourceName: 'a.db', returnFile };
  return { ok: true, record };
}

const { released, capturing, fenced, 'handed-over': handedOver } = STORED_IN_FILE;
const { moving, serving, 'failed-back': failedBack, closed } = STORED_IN_SERVER;

describe('the primary', () => {
  it.each<[string, FileReading, ServerReading, unknown]>([
    ['a file', file(capturing), server(moving), { side: 'file' }],
    ['PostgreSQL', file(handedOver), server(serving), { side: 'server' }],
    ['neither, of two that do not belong together', file(handedOver), server(), /set POSTGRES_URL/],
    ['neither, with another file', file(released), server(failedBack, '1:8'), /set DATABASE_URL/],
    [
      'neither, in a state of a later release',
      file(),
      server('paused'),
      /state "paused" .* use the later release/,
    ],
    ['not known', file(handedOver), AWAY, /it is away/],
  ])('is %s', (_, fileReading, serverReading, expected) => {
    const found = findPrimary(fileReading, serverReading);
    if (!(expected instanceof RegExp)) expect(found).toEqual(expected);
    else expect(found).toMatchObject({ why: { ready: false, message: expect.stringMatching(expected) } });
  });

  it('is looked at more often while it may change', () => {
    expect([
      mayChange(file(fenced), server(moving)),
      mayChange(file(fenced), AWAY),
      mayChange(file(handedOver), server(STORED_IN_SERVER.fenced)),
    ]).toEqual(['now', 'now', 'now']);
    expect([
      mayChange(file(capturing), server(moving)),
      mayChange(file(handedOver), server(serving)),
    ]).toEqual(['soon', 'soon']);
    expect([
      mayChange(file(), server()),
      mayChange(file(handedOver), server(closed)),
      mayChange(file(), server(failedBack)),
    ]).toEqual(['later', 'later', 'later']);
  });
});
