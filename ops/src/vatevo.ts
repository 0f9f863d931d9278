import type { Preset } from '@vatevo/mover';

/** The commands as Vatevo's operators know them. */
export const vatevo: Preset = {
  typed: (command) => `pnpm ops:${command}`,
  options: () => [],
  formats: async () => (await import('./legacy/formats.ts')).vatevoFormats,
  advice: {
    usePostgres: 'let the API use POSTGRES_URL (with VATEVO_FOLLOW_CUTOVER=1 it does so by itself)',
    useSqlite: (file) => [
      'let the API use it (with VATEVO_FOLLOW_CUTOVER=1 it does so by itself):',
      'unset POSTGRES_URL',
      `DATABASE_URL=file:${file}`,
    ],
    restored: [
      'Run "pnpm ops:prepare-postgres" before it is used: it applies newer migrations and checks the roles.',
    ],
    prepare: 'pnpm ops:prepare-postgres',
    migrate: 'pnpm db:migrate',
    bringTogether: 'pnpm ops:distribute --undo',
    structure: 'ops:prepare-postgres compares the catalog with the migrations',
  },
};
