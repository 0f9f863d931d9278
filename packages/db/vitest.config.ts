import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['@vatevo/local-postgres/vitest'],
    reporters: ['default', 'json'],
    outputFile: { json: 'test-results.json' },
    testTimeout: 300_000,
    hookTimeout: 60_000,
  },
});
