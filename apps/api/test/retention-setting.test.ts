import { describe, expect, it } from 'vitest';
import { readSettings } from '../src/settings.ts';

const HOUR_MS = 3_600_000;
const retentionOf = (env: Record<string, string>) => readSettings({ VATEVO_ENV: 'test', ...env }).retention;

describe('how long rows are kept', () => {
  it.each([
    [{}, { answersMs: 24 * HOUR_MS, eventsMs: undefined }],
    [{ VATEVO_KEEP_EVENTS_DAYS: '0' }, { answersMs: 24 * HOUR_MS, eventsMs: undefined }],
    [
      { VATEVO_KEEP_ANSWERS_HOURS: '72', VATEVO_KEEP_EVENTS_DAYS: '90' },
      { answersMs: 72 * HOUR_MS, eventsMs: 90 * 24 * HOUR_MS },
    ],
  ])('%j', (env, retention) => {
    expect(retentionOf(env)).toEqual(retention);
  });

  it.each([
    ['VATEVO_KEEP_ANSWERS_HOURS', '0', 'hours, a whole number from 1 to 87840'],
    ['VATEVO_KEEP_EVENTS_DAYS', 'never', 'days, a whole number from 0 (every event is kept) to 3660'],
  ])('%s=%s is refused', (variable, value, allowed) => {
    expect(() => retentionOf({ [variable]: value })).toThrow(allowed);
  });
});
