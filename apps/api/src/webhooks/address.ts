import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host that webhooks may not go to. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';

  constructor() {
    super('the address is not a public one');
  }
}

/** All that was ever assigned of IPv6 for the internet (RFC 4291); what lies elsewhere leads inwards, or nowhere. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR('2000::/3');

/** Where Azure's machines reach the host that they run on; it is a public address by its number alone. */
const AZURE_HOST = '168.63.129.16';

/**
 * Whether an IP address is one of the public internet: not private, loopback, link-local, carrier-grade,
 * multicast or reserved; an IPv4 address inside of an IPv6 one is checked as what it is.
 */
export function isPublicAddress(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const known = ipaddr.process(address);
  if (known.range() !== 'unicast' || known.toString() === AZURE_HOST) return false;
  return known instanceof ipaddr.IPv4 || known.match(GLOBAL_UNICAST);
}

/** The host of a URL as an IP address; undefined when it is a name. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}
