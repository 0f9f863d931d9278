/** Questions under way: what holds up one of them holds up the next ones, which must not take all connections. */
const MAX_UNDER_WAY = 4;

/**
 * A question that callers ask one by one and that is put once for all who ask in the same turn of the event loop, or
 * while as many as may be are under way. Nobody is answered from before they asked.
 *
 * @param ask answers many keys at once; those that it knows nothing of are missing from the answer
 */
export function askTogether<Key, Answer>(
  ask: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Answer>>,
): (key: Key) => Promise<Answer | undefined> {
  let next: { readonly keys: Set<Key>; readonly answers: Promise<ReadonlyMap<Key, Answer>> } | undefined;
  let underWay = 0;
  let begin: (() => void) | undefined;

  const inTurn = async (keys: ReadonlySet<Key>) => {
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (underWay === MAX_UNDER_WAY) {
      await new Promise<void>((resolve) => {
        begin = resolve;
      });
    }
    next = undefined;
    underWay++;
    try {
      return await ask([...keys]);
    } finally {
      underWay--;
      begin?.();
      begin = undefined;
    }
  };
  const gather = () => {
    const keys = new Set<Key>();
    return { keys, answers: inTurn(keys) };
  };
  return async (key) => {
    next ??= gather();
    next.keys.add(key);
    return (await next.answers).get(key);
  };
}
