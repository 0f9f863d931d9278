import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { XMLParser } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { invoiceRequest } from '../src/contract/invoice-request.ts';
import { contentOf } from '../src/services/invoices/content.ts';
import { evaluate } from '../src/services/invoices/evaluate.ts';
import { BROKEN } from './support/broken-invoices.ts';
import { SAMPLES } from './support/sample-invoices.ts';
import { sequenceFault } from './support/ubl-sequences.ts';

/** Every document of the samples, valid or not. */
const DOCUMENTS = Object.entries({ ...SAMPLES, ...BROKEN }).flatMap(([name, { body }]) => {
  const { document } = evaluate(contentOf(invoiceRequest.parse(body)), 'report');
  return document.ok ? [[name, document.xml] as const] : [];
});

type Node = Record<string, Node[] | unknown>;
const parser = new XMLParser({ preserveOrder: true, ignoreDeclaration: true, parseTagValue: false });
const nameOf = (node: Node) => Object.keys(node).find((key) => key !== ':@') ?? '';

/** The faults of all elements below, in order. */
function faultsBelow(nodes: readonly Node[]): string[] {
  return nodes.flatMap((node) => {
    const name = nameOf(node);
    const children = (node[name] as Node[]).filter((child) => nameOf(child) !== '#text');
    if (children.length === 0) return [];
    const fault = sequenceFault(name, children.map(nameOf));
    return [...(fault === undefined ? [] : [fault]), ...faultsBelow(children)];
  });
}

describe('the structure of UBL 2.1', () => {
  it.each(DOCUMENTS)('%s', (_name, xml) => {
    expect(faultsBelow(parser.parse(xml))).toEqual([]);
  });

  it('is not held by another order', () => {
    const [[, xml = ''] = []] = DOCUMENTS;
    const swapped = xml.replace(/(<cbc:ID>[^\n]*\n)(<cbc:IssueDate>[^\n]*\n)/, '$2$1');
    expect(faultsBelow(parser.parse(swapped))).toEqual(['Invoice lacks cbc:ID before cbc:IssueDate']);
  });
});

const folder = process.env.VATEVO_UBL_XSD;

/** The schemas lie in folders beside each other; the checker wants them in one. */
const flat = (schema: string) => schema.replaceAll(/schemaLocation="[^"]*\//g, 'schemaLocation="');

describe.skipIf(folder === undefined)("OASIS's schemas (VATEVO_UBL_XSD)", () => {
  it.each(['Invoice', 'CreditNote'])('are held by every %s', async (root) => {
    const common = path.join(folder ?? '', 'common');
    const preload = await Promise.all(
      (await readdir(common)).map(async (fileName) => ({
        fileName,
        contents: flat(await readFile(path.join(common, fileName), 'utf8')),
      })),
    );
    const main = `UBL-${root}-2.1.xsd`;
    const contents = flat(await readFile(path.join(folder ?? '', 'maindoc', main), 'utf8'));
    const xml = DOCUMENTS.filter(([, text]) => text.includes(`<${root} `)).map(([name, text]) => ({
      fileName: `${name.replaceAll(/\W+/g, '-')}.xml`,
      contents: text,
    }));
    expect(xml.length).toBeGreaterThan(3);
    const result = await validateXML({ xml, schema: [{ fileName: main, contents }], preload });
    expect(result.errors).toEqual([]);
    expect(result.valid).toBe(true);
  });
});
