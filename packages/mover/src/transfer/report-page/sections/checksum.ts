import { CHECK_COMMAND, CHECKSUM_PLACE } from '../checksum.ts';
import { html, trusted } from '../html.ts';
import type { Section } from '../section.ts';

/** The page's own checksum, which is filled in last. */
export function checksum(): Section {
  return {
    id: 'checksum',
    title: 'Checksum of this page',
    body: html`
<p class="checksum">${trusted(CHECKSUM_PLACE)}</p>
<p>This is the SHA-256 of the page without these 64 digits. To check the file, here named <code>page.html</code>, run the following and compare what it prints:</p>
<pre><code>${CHECK_COMMAND}</code></pre>
<p class="note">It finds damage and careless edits. Whoever alters a page on purpose can compute a new checksum, so keep a copy of it in another place. The same report always gives the same page, byte for byte.</p>`,
  };
}
