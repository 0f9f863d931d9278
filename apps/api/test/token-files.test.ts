import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSettings } from '../src/settings.ts';

const folder = mkdtempSync(join(tmpdir(), 'vatevo-tokens-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const TOKEN = 'the operator of these tests';

function fileOf(text: string): string {
  const name = join(folder, createHash('sha256').update(text).digest('hex'));
  writeFileSync(name, text);
  return name;
}

describe('a token in a file', () => {
  it.each([TOKEN, `${TOKEN}\n`, `${TOKEN}\r\n`])('counts as the variable does', (text) => {
    const written = readSettings({ VATEVO_OPERATOR_TOKEN: TOKEN, VATEVO_METRICS_TOKEN: TOKEN });
    const name = fileOf(text);
    const read = readSettings({ VATEVO_OPERATOR_TOKEN_FILE: name, VATEVO_METRICS_TOKEN_FILE: name });
    expect(read.operatorTokenHash).toEqual(written.operatorTokenHash);
    expect(read.metricsTokenHash).toEqual(written.metricsTokenHash);
  });

  it.each([
    [{ VATEVO_OPERATOR_TOKEN_FILE: join(folder, 'missing') }, 'cannot be read (ENOENT)'],
    [{ VATEVO_OPERATOR_TOKEN_FILE: fileOf('short') }, 'is too short'],
    [{ VATEVO_OPERATOR_TOKEN_FILE: fileOf('\n') }, 'is too short'],
    [{ VATEVO_OPERATOR_TOKEN_FILE: fileOf(TOKEN), VATEVO_OPERATOR_TOKEN: TOKEN }, 'one of the two'],
  ])('is refused by the name of its variable when it is of no use', (env, words) => {
    expect(() => readSettings(env)).toThrow(/^VATEVO_OPERATOR_TOKEN_FILE /);
    expect(() => readSettings(env)).toThrow(words);
    expect(() => readSettings(env)).not.toThrow(TOKEN);
  });
});
