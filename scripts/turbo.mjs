/** `node scripts/turbo.mjs run build …`: installs what is missing, then runs turbo with these arguments. */
import './lib/require-node.mjs';
import { ensureInstalled } from './lib/install.mjs';
import { main } from './lib/main.mjs';
import { turbo } from './lib/turbo.mjs';

await main(async () => (await ensureInstalled()) || (await turbo(process.argv.slice(2))));
