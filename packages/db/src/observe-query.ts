import type { DbObserver } from './observer.ts';
import { statementShape } from './statement-shape.ts';

/** Runs a query and tells the observer how it ended. */
export async function observeQuery<T>(observer: DbObserver, text: string, run: () => Promise<T>): Promise<T> {
  const start = performance.now();
  let ok = false;
  try {
    const result = await run();
    ok = true;
    return result;
  } finally {
    observer.queryEnded?.({
      ms: performance.now() - start,
      ok,
      operation: /^\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? '',
      statement: () => statementShape(text),
    });
  }
}
