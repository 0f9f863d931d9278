import { type DefaultTreeAdapterTypes, parse } from 'parse5';

type Node = DefaultTreeAdapterTypes.ChildNode | DefaultTreeAdapterTypes.Document;
export type Element = DefaultTreeAdapterTypes.Element;

/** A page as a browser understands it. */
export class Page {
  /** What a browser had to guess at. */
  readonly errors: string[] = [];
  readonly #document: DefaultTreeAdapterTypes.Document;

  constructor(html: string) {
    this.#document = parse(html, {
      onParseError: ({ code, startLine }) => this.errors.push(`${code}:${startLine}`),
    });
  }

  /** Every element with a tag's name, or every one. */
  elements(tag?: string, within: Node = this.#document): Element[] {
    const found: Element[] = [];
    const visit = (node: Node) => {
      if ('tagName' in node && (tag === undefined || node.tagName === tag)) found.push(node);
      if ('childNodes' in node) for (const child of node.childNodes) visit(child);
    };
    visit(within);
    return found;
  }

  byId(id: string): Element {
    const [found] = this.elements().filter((element) => attribute(element, 'id') === id);
    if (found === undefined) throw new Error(`the page has no element ${id}`);
    return found;
  }

  /** The text that a reader sees in a part of the page, in one line. */
  textOf(id: string): string {
    return textIn(this.byId(id));
  }

  /** The cells of a section's table lines, headings included. */
  rowsOf(id: string): string[][] {
    return this.elements('tr', this.byId(id)).map((row) =>
      this.elements(undefined, row)
        .filter(({ tagName }) => tagName === 'td' || tagName === 'th')
        .map(textIn),
    );
  }
}

export function attribute(element: Element, name: string): string | undefined {
  return element.attrs.find((attr) => attr.name === name)?.value;
}

export function textIn(node: Node): string {
  const text = (part: Node): string => {
    if ('value' in part) return part.value;
    if (!('childNodes' in part)) return '';
    const inner = part.childNodes.map(text).join('');
    return 'tagName' in part && /^(p|h\d|td|th|tr|li|dt|dd|div|br|summary)$/.test(part.tagName)
      ? ` ${inner} `
      : inner;
  };
  return text(node).replaceAll('\u202f', ' ').replace(/\s+/g, ' ').trim();
}
