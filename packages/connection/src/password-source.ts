import type { HostAddress } from './hosts.ts';

/** Whom a password is for. */
export interface PasswordRequest extends HostAddress {
  readonly user: string;
  readonly database: string;
}

/** Gives the password of a new connection, such as a token that is good for some minutes. */
export type PasswordSource = (request: PasswordRequest) => string | Promise<string>;
