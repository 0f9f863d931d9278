import { canonicalForm } from '@vatevo/transfer/sqlite';
import { JSONB } from './types.ts';

const CLOCK = String.raw`\d\d:\d\d(?::\d\d(?:\.\d+)?)?`;
const ZONE = String.raw` ?(?:Z|UTC|[+-]\d\d(?::?\d\d)?(?: UTC)?)`;
const ZONED = new RegExp(String.raw`^\d{4}-\d\d-\d\d[ T]${CLOCK}${ZONE}$`);
const LOCAL = new RegExp(String.raw`^\d{4}-\d\d-\d\d[ T]${CLOCK}$`);

/** Makes what tells of a value whether it is of a form. */
export type Form = () => (value: unknown) => boolean;

const onTexts =
  (test: (text: string) => boolean): Form =>
  () =>
  (value) =>
    typeof value === 'string' && test(value);

/** A date-time that names its zone. */
export const zoned = onTexts((text) => ZONED.test(text));
/** A date-time with a time that names none. */
export const local = onTexts((text) => LOCAL.test(text));
/** No text that names a zone: a day has none. */
export const unzoned = onTexts((text) => !ZONED.test(text));
export const day = onTexts((text) => /^\d{4}-\d\d-\d\d$/.test(text));
/** With its hyphens: without them it may be any other number of 128 bits. */
export const hyphenated = onTexts((text) =>
  /^\{?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}?$/i.test(text),
);
/** Bare digits that say of which version of RFC 9562 they are. */
export const versioned = onTexts(
  (text) => text.includes('-') || /^[0-9a-f]{12}[1-8][0-9a-f]{3}[89ab][0-9a-f]{15}$/i.test(text),
);
/** An object or a list: a number or a word is JSON, too, and says nothing. */
export const structured = onTexts((text) => /^\s*[[{]/.test(text));

/** Decimals with so many digits behind the point, as money is written. */
export const ofScale = (scale: number): Form =>
  onTexts((text) => /^-?\d+\.(\d+)$/.exec(text)?.[1]?.length === scale);

/** JSON that jsonb gives back as it is but for white space: its keys are in jsonb's order, its numbers and texts as it writes them. */
export const keptByJsonb: Form = () => {
  const print = canonicalForm({
    target: '',
    type: JSONB,
    notNull: false,
    generated: false,
    from: { column: '' },
    secret: false,
  });
  return (value) => {
    if (typeof value !== 'string') return true;
    return withoutSpace(value) === withoutSpace(print(value) ?? '');
  };
};

/** Without what stands between the texts of a JSON document. */
function withoutSpace(json: string): string {
  return json.replace(/("(?:[^"\\]|\\.)*")|\s+/g, '$1');
}
