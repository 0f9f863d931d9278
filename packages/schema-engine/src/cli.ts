import { main } from './cli/main.ts';

const code = await main(process.argv.slice(2), process.env);
// Not left to an empty event loop: the engine may hold handles that nobody waits for.
process.exit(code);
