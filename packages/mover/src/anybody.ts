import { Option } from 'commander';
import type { Preset } from './preset.ts';

/** Whether this is a package that npm installed, and no part of its workspace. */
const isInstalled = import.meta.url.includes('/node_modules/');

/** The commands for any SQLite file and any PostgreSQL database. */
export const anybody: Preset = {
  typed: (command) => `${isInstalled ? 'npx' : 'pnpm'} mover ${command}`,
  foreignVariables: ['DATABASE_URL', 'HOST', 'PORT'],
  options: () => [
    new Option('--schema <name>', 'the schema of PostgreSQL (default: public)'),
    new Option('--mapping <file>', 'a JSON file that pairs tables and columns whose names differ'),
  ],
  formats: async (given, { resolvePath }) => {
    const { mapping } = given as { readonly mapping?: string };
    const { anyFormat } = await import('./mapping/any-format.ts');
    return anyFormat(mapping === undefined ? undefined : resolvePath(mapping));
  },
  advice: {
    usePostgres: 'let the application use PostgreSQL',
    useSqlite: (file) => [`let the application use ${file}`],
    restored: [],
  },
};
