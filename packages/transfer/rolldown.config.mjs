import { defineConfig } from 'rolldown';

/**
 * One file for the reader threads: a thread that loads a hundred modules takes longer to start than a small move. It is a
 * CommonJS module, since starting the loader of the other kind takes a thread a third of its start.
 */
export default defineConfig({
  input: 'dist/source/sqlite/readers/reader.js',
  platform: 'node',
  external: ['better-sqlite3'],
  output: { file: 'dist/source/sqlite/readers/reader-thread.cjs', format: 'cjs', sourcemap: true },
  logLevel: 'warn',
});
