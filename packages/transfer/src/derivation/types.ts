/**
 * What a column holds instead of the source's text:
 *
 * - `sha256-hex`: SHA-256 of the text's UTF-8 bytes, as 64 lower-case hex digits.
 * - `prefix`: the first characters of the text: at most `most`, and at most one in `oneIn` of its length.
 */
export type Derivation =
  | { readonly kind: 'sha256-hex' }
  | { readonly kind: 'prefix'; readonly most: number; readonly oneIn: number };
