import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results.json' },
    globalSetup: ['@vatevo/local-postgres/vitest'],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
