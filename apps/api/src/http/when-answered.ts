import type { Response } from 'express';

/**
 * Calls `done` once: when all of the answer was given to Node, or its client went away. Node itself tells of that only when
 * the answers before it, on the same connection, have been read.
 */
export function whenAnswered(response: Response, done: () => void): void {
  let isDone = false;
  const once = () => {
    if (isDone) return;
    isDone = true;
    done();
  };
  const { end } = response;
  response.end = ((...args: Parameters<typeof end>) => {
    const ended = Reflect.apply(end, response, args);
    once();
    return ended;
  }) as typeof end;
  response.once('close', once);
}
