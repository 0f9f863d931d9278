import type { Canonical } from '../canonical/types.ts';

/** As the server prints it: each part quoted, shorter keys first, those of one length by their bytes. */
export const canonicalHstore: Canonical = {
  print: () => (value) => {
    if (typeof value !== 'string') return undefined;
    const pairs = value.trimStart().startsWith('{') ? membersOf(value) : scan(value);
    return pairs
      ?.map(([key, held]) => ({
        bytes: Buffer.from(key),
        text: `${quoted(key)}=>${held === null ? 'NULL' : quoted(held)}`,
      }))
      .sort((a, b) => a.bytes.length - b.bytes.length || Buffer.compare(a.bytes, b.bytes))
      .map(({ text }) => text)
      .join(', ');
  },
};

function quoted(text: string): string {
  return `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
}

function membersOf(text: string): [string, string | null][] | undefined {
  try {
    return Object.entries(JSON.parse(text) as Record<string, string | null>);
  } catch {
    return undefined;
  }
}

/** Character by character: a pair ends where its value does. */
function scan(text: string): [string, string | null][] {
  const parts: { text: string; quoted: boolean }[] = [];
  for (let at = 0; at < text.length; ) {
    const character = text[at] as string;
    if (character === '"') {
      let part = '';
      for (at++; at < text.length && text[at] !== '"'; at++)
        part += text[at] === '\\' ? text[++at] : text[at];
      parts.push({ text: part, quoted: true });
      at++;
    } else if (/\w/.test(character)) {
      const start = at;
      while (at < text.length && /\w/.test(text[at] as string)) at++;
      parts.push({ text: text.slice(start, at), quoted: false });
    } else at++;
  }
  const pairs: [string, string | null][] = [];
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [key, value] = [parts[i], parts[i + 1]];
    if (key === undefined || value === undefined) break;
    pairs.push([key.text, !value.quoted && value.text.toLowerCase() === 'null' ? null : value.text]);
  }
  return pairs;
}
