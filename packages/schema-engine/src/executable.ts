import { fileURLToPath } from 'node:url';

/**
 * The executable to name in `PRISMA_SCHEMA_ENGINE_BINARY`, so that the Prisma
 * CLI uses this engine and downloads none.
 */
export const engineExecutable: string = fileURLToPath(new URL('../bin/schema-engine.js', import.meta.url));
