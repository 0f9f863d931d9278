import type { Request } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';

/** What is counted of an address, or of a tenant, is counted anew after that. */
export const WINDOW_MS = 60_000;

/** Where a request comes from: an IPv4 address, or the network of an IPv6 one. */
export function addressOf(request: Request): string {
  return ipKeyGenerator(request.ip ?? '');
}
