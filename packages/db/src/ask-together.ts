/**
 * A question that callers ask one by one and that is put once for all who ask in the same turn of the event loop.
 * Nobody is answered from before they asked, and nobody waits for another turn.
 *
 * @param ask answers many keys at once; those that it knows nothing of are missing from the answer
 */
export function askTogether<Key, Answer>(
  ask: (keys: readonly Key[]) => Promise<ReadonlyMap<Key, Answer>>,
): (key: Key) => Promise<Answer | undefined> {
  let next: { readonly keys: Set<Key>; readonly answers: Promise<ReadonlyMap<Key, Answer>> } | undefined;

  const gather = () => {
    const keys = new Set<Key>();
    const answers = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      next = undefined;
      return ask([...keys]);
    });
    return { keys, answers };
  };
  return async (key) => {
    next ??= gather();
    next.keys.add(key);
    return (await next.answers).get(key);
  };
}
