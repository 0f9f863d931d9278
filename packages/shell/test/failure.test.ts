import { describe, expect, it } from 'vitest';
import { ExitCode } from '../src/exit-codes.ts';
import { explain, failureLines, OpsError } from '../src/failure.ts';
import { Interrupted } from '../src/signals.ts';

const same = (text: string) => text;

function named(name: string, extra: object = {}): Error {
  return Object.assign(new Error('It went wrong.'), { name }, extra);
}

describe('explaining an error', () => {
  it.each([
    [named('ConfigurationError'), ExitCode.usage, 'ConfigurationError'],
    [named('ConnectionError', { reason: 'timeout' }), ExitCode.cannotConnect, 'ConnectionError/timeout'],
    [named('MigrationError', { kind: 'failed' }), ExitCode.notReady, 'MigrationError/failed'],
    [named('MigrationError', { kind: 'busy' }), ExitCode.locked, 'MigrationError/busy'],
    [new OpsError(ExitCode.locked, 'Locked.'), ExitCode.locked, 'OpsError'],
  ])('knows the exit code of %s', (error, exitCode, kind) => {
    expect(explain(error, same, false)).toMatchObject({ exitCode, kind, message: error.message });
  });

  it('says what to do about a surprise, and shows its stack only when asked', () => {
    const quiet = explain(new TypeError('x is not a function'), same, false);
    expect(quiet.exitCode).toBe(ExitCode.unexpected);
    expect(failureLines(quiet)).toBe(
      'error: Unexpected error: x is not a function\n  Set VATEVO_DEBUG=1 and run the command again to see where it came from.\n',
    );
    expect(failureLines(explain(new TypeError('x'), same, true))).toContain('failure.test.ts');
  });

  it('copes with what is no error at all', () => {
    expect(explain(undefined, same, false).message).toBe('Unexpected error: undefined');
  });

  it('keeps secrets out of the message, the remedy and the stack', () => {
    const clean = (text: string) => text.replaceAll('s3cret', '***');
    const error = new OpsError(ExitCode.usage, 's3cret', { remedy: ['use s3cret'] });
    expect(failureLines(explain(error, clean, true))).not.toContain('s3cret');
  });
});

it('gives an interrupted run the exit code a shell would', () => {
  expect([new Interrupted('SIGINT').exitCode, new Interrupted('SIGTERM').exitCode]).toEqual([130, 143]);
});
