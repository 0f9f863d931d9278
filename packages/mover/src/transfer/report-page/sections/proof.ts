import { html } from '../html.ts';
import type { Section } from '../section.ts';

/** How the digests come about, and what they are worth. */
export function proof(): Section {
  return {
    id: 'proof',
    title: 'How the proof works',
    body: html`
<ol>
<li>Each database is read on its own, without the code that copied the rows: from the bytes that SQLite stores, the verifier works out what the target must hold, and PostgreSQL prints what it does hold.</li>
<li>On both sides the values of a row are written one after the other, each behind its length and NULL in a form that no value has, and SHA-256 is computed over them, on the target’s side by the server itself.</li>
<li>A table’s digest is the sum of the first 128 bits of its rows’ hashes, in two halves modulo 2<sup>64</sup>, so that it does not depend on the order of rows and changes with every row that is missing, added or altered by a byte.</li>
<li>Only when rows and digests of every table are equal, every sequence is ahead of its column and every constraint and index is in place and valid is the transfer complete; where a digest differs, the rows and values that cause it are looked for and listed.</li>
</ol>`,
  };
}
