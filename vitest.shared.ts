import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { keepTemporaryFilesInMemory } from './vitest.temporary.ts';

export interface Tests {
  /** What a test may take at the most. A hook may take as much, and not more than two minutes. */
  readonly seconds: number;
  /** Starts one PostgreSQL for the whole run. `itself`: with the package that is tested. */
  readonly postgres?: boolean | 'itself';
  /** They wait for processes most of the time, and are the last to be run: as many files again at once. */
  readonly wait?: boolean;
}

/**
 * Prisma's engines are WebAssembly of megabytes: to optimise it beside the tests takes more time of the
 * processor than the tests themselves, and the process ends before that pays.
 */
const BASELINE_WASM = ['--no-wasm-tier-up', '--no-wasm-dynamic-tiering'];

/** The configuration of a package's tests. Beside what people read, they leave a report for `npm test`. */
export function tests({ seconds, postgres = false, wait = false }: Tests): ViteUserConfig {
  keepTemporaryFilesInMemory();
  const files = Number(process.env.VATEVO_TEST_FILES ?? 0) * (wait ? 2 : 1);
  const setup = postgres === 'itself' ? './src/vitest.ts' : '@vatevo/local-postgres/vitest';
  return defineConfig({
    test: {
      reporters: ['default', 'json'],
      outputFile: { json: 'test-results.json' },
      globalSetup: postgres ? [setup] : [],
      execArgv: BASELINE_WASM,
      // No module keeps state that one file could leave to the next; to load all of them anew takes seconds for each.
      isolate: false,
      ...(files > 0 ? { maxWorkers: files } : {}),
      // What is built is loaded as everybody loads it, and not transformed anew for each file.
      server: { deps: { external: [/^(?!.*\/node_modules\/).*\/dist\//] } },
      retry: Number(process.env.VATEVO_TEST_TRIES ?? 1) - 1,
      testTimeout: seconds * 1000,
      hookTimeout: Math.min(seconds, 120) * 1000,
      // What is waited for has no deadline of its own on a busy machine.
      expect: { poll: { timeout: Math.min(seconds, 60) * 500 } },
    },
  });
}
