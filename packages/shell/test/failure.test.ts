import { AssertionError } from 'node:assert';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EXIT_CODE_MEANINGS, ExitCode } from '../src/exit-codes.ts';
import { CommandError, explain, failureLines } from '../src/failure.ts';
import { Interrupted } from '../src/signals.ts';

const same = (text: string) => text;

function named(name: string, extra: object = {}): Error {
  return Object.assign(new Error('It went wrong.'), { name }, extra);
}

describe('explaining an error', () => {
  it.each([
    [named('ConfigurationError'), ExitCode.usage, 'ConfigurationError'],
    [named('ConnectionError', { reason: 'timeout' }), ExitCode.cannotConnect, 'ConnectionError/timeout'],
    [named('ConnectionError', { reason: 'permission' }), ExitCode.notReady, 'ConnectionError/permission'],
    [named('MigrationError', { kind: 'failed' }), ExitCode.notReady, 'MigrationError/failed'],
    [named('MigrationError', { kind: 'busy' }), ExitCode.locked, 'MigrationError/busy'],
    [named('TransferError', { kind: 'no-room' }), ExitCode.notReady, 'TransferError/no-room'],
    [named('TransferError', { kind: 'differences' }), ExitCode.differs, 'TransferError/differences'],
    [new CommandError(ExitCode.locked, 'Locked.'), ExitCode.locked, 'CommandError'],
  ])('knows the exit code of %s', (error, exitCode, kind) => {
    expect(explain(error, same, false)).toMatchObject({ exitCode, kind, message: error.message });
  });

  it('says what to do about a surprise, and shows its stack only when asked', () => {
    const quiet = explain(new Error('The sky fell'), same, false);
    expect(quiet.exitCode).toBe(ExitCode.unexpected);
    expect(failureLines(quiet)).toBe(
      'error: Unexpected error: The sky fell\n  Set VATEVO_DEBUG=1 and run the command again to see where it came from.\n',
    );
    expect(failureLines(explain(new Error('x'), same, true))).toContain('failure.test.ts');
    expect(explain(named('constructor'), same, false).exitCode).toBe(ExitCode.unexpected);
  });

  it.each([
    new TypeError('x is not a function'),
    new RangeError('x'),
    new AssertionError({ message: 'x' }),
    named('ProgrammingError'),
  ])('takes %s upon this program, whatever was going on', (error) => {
    const failure = explain(error, same, false);
    expect(failure.exitCode).toBe(ExitCode.ourFault);
    expect(failureLines(failure)).toBe(
      `error: This program is at fault: ${error.message}\n  Set VATEVO_DEBUG=1, run the command again, and report what it says.\n`,
    );
  });

  it('lets the program add what to run next', () => {
    const say = (error: Error) => ({ message: `${error.message} So run x.`, remedy: ['x'] });
    const failure = explain(named('ConfigurationError'), same, false, say);
    expect(failureLines(failure)).toBe('error: It went wrong. So run x.\n  x\n');
  });

  it('copes with what is no error at all', () => {
    expect(explain(undefined, same, false).message).toBe('Unexpected error: undefined');
  });

  it('keeps secrets out of the message, the remedy and the stack', () => {
    const clean = (text: string) => text.replaceAll('s3cret', '***');
    const error = new CommandError(ExitCode.usage, 's3cret', { remedy: ['use s3cret'] });
    expect(failureLines(explain(error, clean, true))).not.toContain('s3cret');
  });
});

it('gives an interrupted run the exit code a shell would', () => {
  expect([new Interrupted('SIGINT').exitCode, new Interrupted('SIGTERM').exitCode]).toEqual([130, 143]);
});

it('has the exit codes that are documented, each with its meaning', () => {
  const page = readFileSync(new URL('../../../docs/architecture.md', import.meta.url), 'utf8');
  const section = page.slice(page.indexOf('## Exit codes'));
  const written = [...section.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, means]) => [
    Number(code),
    means,
  ]);
  const names = Object.keys(ExitCode) as (keyof typeof ExitCode)[];
  expect(written).toEqual(names.map((name) => [ExitCode[name], EXIT_CODE_MEANINGS[name]]));
});
