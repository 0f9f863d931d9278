/**
 * XML as text, one element a line. A library's tree takes twenty times as long for an invoice of many lines, and
 * there is nothing here but elements, attributes and the characters that have to be escaped.
 */

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  // A parser would read it as a line feed.
  '\r': '&#xD;',
};

const SPECIAL = /[&<>"\r]/;
/** What is that in an attribute, where a parser makes spaces of two more. */
const SPECIAL_IN_ATTRIBUTE = /[&<>"\r\n\t]/;

function escaped(text: string): string {
  if (!SPECIAL.test(text)) return text;
  return text.replaceAll(/[&<>"\r]/g, (character) => ESCAPES[character] ?? character);
}

/** Attributes, in their order; those that are undefined are left out. */
export type Attributes = Readonly<Record<string, string | undefined>>;

function escapedAttribute(value: string): string {
  if (!SPECIAL_IN_ATTRIBUTE.test(value)) return value;
  return escaped(value).replaceAll('\n', '&#xA;').replaceAll('\t', '&#x9;');
}

function attributesText(attributes: Attributes): string {
  let text = '';
  for (const name in attributes) {
    const value = attributes[name];
    if (value !== undefined) text += ` ${name}="${escapedAttribute(value)}"`;
  }
  return text;
}

/** An element that holds a text; nothing when there is none. */
export function leaf(name: string, text: string | undefined, attributes?: Attributes): string {
  if (text === undefined) return '';
  const tag = attributes === undefined ? name : name + attributesText(attributes);
  return `<${tag}>${escaped(text)}</${name}>\n`;
}

/** An element that holds elements; nothing when there are none. */
export function group(name: string, ...children: readonly string[]): string {
  let inside = '';
  for (const child of children) inside += child;
  return inside === '' ? '' : `<${name}>\n${inside}</${name}>\n`;
}

/** A whole document. */
export function xmlDocument(root: string, namespaces: Attributes, ...children: readonly string[]): string {
  let inside = '';
  for (const child of children) inside += child;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<${root}${attributesText(namespaces)}>\n${inside}</${root}>\n`;
}
