/** Markup that is safe to put into the page: only {@link html} and {@link trusted} make it. */
export class Html {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  toString(): string {
    return this.#text;
  }
}

/** What may stand in a hole of an {@link html} template; `undefined` and `false` leave nothing. */
export type Part = Html | string | number | undefined | false | readonly Part[];

/**
 * Builds markup. Text in the holes is escaped for element content and for quoted attributes alike, so a
 * template cannot be broken out of, whatever a file holds.
 *
 * @example html`<td title="${name}">${name}</td>`
 */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  let text = strings[0] ?? '';
  for (const [i, part] of parts.entries()) text += render(part) + strings[i + 1];
  return new Html(text);
}

/** Takes text over as it is: for constants of our own only. */
export function trusted(text: string): Html {
  return new Html(text);
}

function render(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.toString();
  if (typeof part === 'object') return part.map(render).join('');
  return escapeText(String(part));
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Controls, bidirectional overrides, zero-width and unassigned characters, lone surrogates, and the two
 * separators that end a line: none of them can be seen, and some make text look like other text.
 */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/gu;

function escapeText(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? '').replace(UNSEEN, nameCharacter);
}

const SHORT_NAMES: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A character that cannot be seen, by its code: `\u202e`. */
export function nameCharacter(character: string): string {
  const short = SHORT_NAMES[character];
  if (short !== undefined) return short;
  const code = (character.codePointAt(0) ?? 0).toString(16);
  return code.length > 4 ? `\\u{${code}}` : `\\u${code.padStart(4, '0')}`;
}
