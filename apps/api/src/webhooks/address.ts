import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** A host that webhooks may not go to. */
export class ForbiddenAddressError extends Error {
  override readonly name = 'ForbiddenAddressError';

  constructor() {
    super('the address is not a public one');
  }
}

/**
 * Whether an IP address is one of the public internet: not private, loopback, link-local, carrier-grade,
 * multicast or reserved; an IPv4 address inside of an IPv6 one is checked as what it is.
 */
export function isPublicAddress(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'unicast';
}

/** The host of a URL as an IP address; undefined when it is a name. */
export function literalAddress(url: URL): string | undefined {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) === 0 ? undefined : host;
}
