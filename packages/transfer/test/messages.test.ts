import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const source = fileURLToPath(new URL('../src', import.meta.url));

/** Texts in quotes, without the comments between them. */
function texts(code: string): string[] {
  const tokens = code.match(/\/\*[\s\S]*?\*\/|\/\/[^\n]*|'(?:[^'\\\n]|\\.)*'|`(?:[^`\\]|\\.)*`/g) ?? [];
  return tokens.filter((token) => !token.startsWith('/'));
}

/** A command or an option of ours, or what the environment is asked for. Options of node itself are none. */
const OURS = /\b(ops|db):[a-z]|\bp?npm \w|POSTGRES_URL|DATABASE_URL|(^|[\s('`])--(?!expose-gc)[a-z]/;

it('names no command and no option in what it says: what to run is for the caller to add', () => {
  const files = readdirSync(source, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.ts'),
  );
  const named = files.flatMap((file) =>
    texts(readFileSync(join(source, file), 'utf8'))
      .filter((text) => OURS.test(text))
      .map((text) => `${file}: ${text}`),
  );
  expect(files.length).toBeGreaterThan(100);
  expect(named).toEqual([]);
  expect(texts(`// '--a'\nthrow 'give --discard'`).filter((text) => OURS.test(text))).toHaveLength(1);
});
