import { defineConfig } from 'rolldown';

/** One file for the reader threads: a thread that loads a hundred modules takes longer to start than a small move. */
export default defineConfig({
  input: 'dist/source/sqlite/readers/reader.js',
  platform: 'node',
  external: ['better-sqlite3'],
  output: { file: 'dist/source/sqlite/readers/reader-thread.js', sourcemap: true },
  logLevel: 'warn',
});
