import type { RequestHandler } from 'express';

/**
 * Handlers as one, each called when the one before it says `next`. Express's router looks up its layers anew between any two,
 * which takes longer than most of them do.
 */
export function inTurn(...handlers: readonly RequestHandler[]): RequestHandler {
  return (request, response, done) => {
    let at = 0;
    const next = (error?: unknown): void => {
      const handler = error ? undefined : handlers[at++];
      if (handler === undefined) {
        done(error);
        return;
      }
      try {
        const result: unknown = handler(request, response, next);
        if (result instanceof Promise) result.catch(done);
      } catch (thrown) {
        done(thrown);
      }
    };
    next();
  };
}
