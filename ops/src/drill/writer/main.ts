import { openSync, writeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { NEXT_OPERATIONS } from './next-operations.ts';
import { type Effect, OPERATIONS } from './operations.ts';
import { seeded } from './random.ts';
import { breaksRule, isFenced, openStore, type Place, type Store } from './store.ts';
import { TURNS, takeTurn } from './turns.ts';

/** What the drill tells its writer. */
export type Order =
  | { readonly order: 'write'; readonly place: Place }
  | { readonly order: 'pause' }
  /** Half as many writes as before. */
  | { readonly order: 'calm' }
  | { readonly order: 'end' };

/** What it answers, once an order has taken effect. */
export interface Answer {
  readonly done: Order['order'];
  readonly acknowledged: number;
  readonly refused: number;
  /** Writes that were refused for another reason than a fence: there must be none. */
  readonly failures: readonly string[];
}

const MAX_FAILURES = 5;

/**
 * A service that writes as fast as it can, and keeps a journal of every write that it was told is done:
 * `node main.js JOURNAL SEED [shared]`, with the orders by IPC, where no process list shows the password in them.
 */
const [journalFile = '', seed = '0', shared] = process.argv.slice(2);
const journal = openSync(journalFile, 'a');
const random = seeded(Number(seed));
const failures: string[] = [];
let acknowledged = 0;
let refused = 0;
let store: Store | undefined;
let operations = OPERATIONS;
// Several together write about as much as one alone.
let pauseMs = shared === undefined ? 5 : 15;
let orders: Order[] = [];
let wake = () => {};

process.on('message', (order: Order) => {
  orders.push(order);
  wake();
});
// Whoever gives the orders is gone.
process.on('disconnect', () => process.exit(1));

for (let n = 0; ; n++) {
  const taken = orders;
  orders = [];
  for (const order of taken) {
    if (order.order === 'calm') pauseMs *= 2;
    else {
      await store?.close();
      store = order.order === 'write' ? await openStore(order.place) : undefined;
      const isNext = order.order === 'write' && order.place.isNext;
      operations = isNext ? [...OPERATIONS, ...NEXT_OPERATIONS] : OPERATIONS;
    }
    const answer: Answer = { done: order.order, acknowledged, refused, failures };
    process.send?.(answer);
    if (order.order === 'end') process.exit(0);
  }
  if (store === undefined) {
    await new Promise<void>((resolve) => {
      wake = resolve;
      if (orders.length > 0) resolve();
    });
    continue;
  }
  await write(store, `w${seed}-${n}`);
  await sleep(random() * pauseMs);
}

async function write(into: Store, token: string): Promise<void> {
  let at = random() * operations.reduce((sum, [weight]) => sum + weight, 0);
  const found = operations.find(([weight]) => {
    at -= weight;
    return at < 0;
  });
  try {
    const operate = async () => (await found?.[1](into, token, random)) ?? [];
    const effects = shared === undefined ? await operate() : await inTurn(into, operate);
    writeSync(journal, effects.map((effect) => `${JSON.stringify(effect)}\n`).join(''));
    acknowledged++;
  } catch (error) {
    if (isFenced(error)) refused++;
    else if (!breaksRule(error) && failures.length < MAX_FAILURES)
      failures.push(`${token}: ${(error as Error).message}`);
  }
}

/** What a write did, with its turn. */
function inTurn(into: Store, operate: () => Promise<Effect[]>): Promise<Effect[]> {
  return into.atOnce(async () => {
    const turn = await takeTurn(into);
    const effects: Effect[] = [['tenants', TURNS, String(turn)], ...(await operate())];
    return effects.map(([table, id, value]) => [table, id, value, turn]);
  });
}
