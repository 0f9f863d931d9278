const ALIKE = ['compact', 'spaced', 'text'] as const;
const COMPACT = ['compact', 'text'] as const;
const SPACED = ['spaced', 'text'] as const;
const TEXT = ['text'] as const;

/** A string, or what stands between strings. */
const PARTS = /"(?:[^"\\]|\\.)*"|[^"]+/gs;

/** How a JSON text is spaced: not at all, with one space behind each comma and colon, in some other way. */
export function jsonForms(text: string): readonly string[] {
  const bare = text.replaceAll(PARTS, (part) => (part.startsWith('"') ? '""' : part));
  if (!/\s/.test(bare)) return /[,:]/.test(bare) ? COMPACT : ALIKE;
  return spaced(bare.replaceAll(/\s/g, '')) === bare ? SPACED : TEXT;
}

/** A JSON text in one of these forms. */
export const JSON_WRITERS: Readonly<Record<string, (text: string) => string>> = {
  compact: (text) =>
    text.replaceAll(PARTS, (part) => (part.startsWith('"') ? part : part.replaceAll(/\s/g, ''))),
  spaced: (text) => spaced(JSON_WRITERS.compact?.(text) ?? text),
  text: (text) => text,
};

function spaced(text: string): string {
  return text.replaceAll(PARTS, (part) => (part.startsWith('"') ? part : part.replaceAll(/[,:]/g, '$& ')));
}
