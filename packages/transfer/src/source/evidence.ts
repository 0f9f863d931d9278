import type { ColumnDecision, StorageCensus, TargetType } from '../column-types/types.ts';

/** A way to take a column's values: into a type, by decisions. */
export interface Reading {
  readonly type: TargetType;
  readonly decision?: ColumnDecision;
  /** The zone of date-times that name none; UTC when omitted. */
  readonly zone?: string;
  /** Whether what becomes NULL is refused. */
  readonly notNull?: boolean;
}

/** What became of a column's values, but for NULLs, in one reading. */
export interface ReadingEvidence {
  /** Values that the type takes. */
  readonly taken: number;
  readonly refused: number;
  /** Of the first value that was refused. */
  readonly refusal?: string;
  /** Of those that are taken: what loses something, NULL or not. */
  readonly altered: number;
  /** Of those that are altered: what becomes NULL. */
  readonly nulled: number;
  /** What the samples would be, and the ends of the numbers; none of a secret. */
  readonly become: readonly Becoming[];
  /** The ends of the numbers other than 0, as they would be printed; nobody's business either where they are secrets. */
  readonly ends: readonly (string | undefined)[];
}

export interface Becoming {
  readonly stored: string;
  /** Null for NULL, undefined for what is refused. */
  readonly printed: string | null | undefined;
}

/** What is really stored in a column. Lengths of texts are in characters. */
export interface ColumnEvidence {
  readonly column: string;
  readonly declaredType: string;
  readonly rows: number;
  readonly stored: StorageCensus;
  /** Values of more than {@link LARGE} bytes: counted, and looked at in no other way. */
  readonly large: number;
  /** Bytes of the largest text or BLOB, those that are too large included. Infinity of a column that cannot be computed: nothing else is known of it. */
  readonly largest: number;
  /** The least and the greatest number other than 0. */
  readonly besideZero?: { readonly lowest: bigint | number; readonly highest: bigint | number };
  readonly integers?: { readonly lowest: bigint; readonly highest: bigint };
  readonly reals?: {
    readonly lowest: number;
    readonly highest: number;
    /** How many are whole numbers. */
    readonly whole: number;
    /** The most digits before and behind the point, of the shortest decimals that are these doubles. */
    readonly digits: Digits;
    /** Infinities. */
    readonly endless: number;
  };
  readonly texts?: {
    readonly shortest: number;
    readonly longest: number;
    /** Empty, or of blanks alone. */
    readonly empty: number;
    readonly withNul: number;
    /** Bytes that are not UTF-8. */
    readonly broken: number;
    /** Plain decimals (`-12.50`), and the most digits that they have. */
    readonly decimals: { readonly count: number; readonly digits: Digits };
  };
  readonly blobs?: { readonly shortest: number; readonly longest: number; readonly utf8: number };
  /** Whether the column's name says that its values are nobody's business: then none is to be shown, nor the ends of its numbers. */
  readonly secret: boolean;
  /** Up to three different values. */
  readonly samples: readonly string[];
  /** One for each reading that was asked for, in their order. */
  readonly readings: readonly ReadingEvidence[];
}

/** The most that any of several numbers has. */
export interface Digits {
  readonly before: number;
  readonly behind: number;
}

/** Bytes of a value from which on it is too large to be looked at as a whole. */
export const LARGE = 16 * 1024 * 1024;

/** Words that a secret's name is made of. */
const SECRETS =
  /(^|_)(pass|passwd|password|passphrase|passcode|pwd|pin|secret|secrets|token|tokens|key|apikey|privatekey|credential|credentials|salt|hash|cookie|session|otp|totp|mfa|signature|ssn|iban|cvv|cvc)(_|$)/;
/** Keys that open nothing. */
const PLAIN_KEYS = /(^|_)(primary|foreign|sort|partition|idempotency|cache|object)_key(_|$)|^key$/;

/** Whether a name says that what it names is a secret: `apiKey`, `password_hash`. */
export function saysSecret(name: string): boolean {
  const words = name.replace(/([a-z\d])([A-Z])/g, '$1_$2').toLowerCase();
  return SECRETS.test(words) && !PLAIN_KEYS.test(words);
}
