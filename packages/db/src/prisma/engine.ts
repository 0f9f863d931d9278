// The schema engine that the Prisma CLI starts: that of @vatevo/schema-engine, with our guard before it.
import { runSchemaEngine } from '@vatevo/schema-engine';
import { guardRequest } from './guard.ts';

const code = await runSchemaEngine(process.argv.slice(2), process.env, (request) =>
  guardRequest(request, process.env),
);
// Not left to an empty event loop: the engine may hold handles that nobody waits for.
process.exit(code);
