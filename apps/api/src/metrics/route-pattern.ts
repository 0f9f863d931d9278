import type { Express, IRouter } from 'express';

/** Tells the pattern of the route that a path belongs to: `/invoices/:invoice_id` of `/invoices/7`. */
export type RoutePattern = (path: string) => string;

/** A path that no route knows: one name for all of them, or anybody could make up new ones without end. */
const UNMATCHED = 'unmatched';

/**
 * Reads the patterns of an app whose routes are all there. The paths are matched once more because a request
 * that is refused before it comes to its route (no database, a limit) does not know the route's pattern.
 */
export function routePatterns(app: Express): RoutePattern {
  const routes = patternsOf(app.router).map((pattern) => ({ pattern, matches: matcher(pattern) }));
  return (path) => routes.find(({ matches }) => matches.test(path))?.pattern ?? UNMATCHED;
}

function patternsOf(router: IRouter): string[] {
  return router.stack.flatMap((layer) => {
    if (layer.route) return [layer.route.path];
    const inner = layer.handle as Partial<IRouter>;
    return inner.stack ? patternsOf(inner as IRouter) : [];
  });
}

/** As Express does by default: in any case, and with a slash at the end or without. */
function matcher(pattern: string): RegExp {
  const literal = pattern.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  return new RegExp(`^${literal.replace(/:\w+/g, '[^/]+')}/?$`, 'i');
}
