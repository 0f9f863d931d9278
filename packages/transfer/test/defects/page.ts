import { readFile } from 'node:fs/promises';

const PAGE = new URL('../../../../docs/verification.md', import.meta.url);

/** What docs/verification.md says between `<!-- name -->` and `<!-- /name -->`, however it is laid out. */
export async function publishedSection(name: string): Promise<string> {
  const page = await readFile(PAGE, 'utf8');
  const section = page.split(`<!-- ${name} -->`)[1]?.split(`<!-- /${name} -->`)[0];
  if (section === undefined) throw new Error(`docs/verification.md has no section ${name}`);
  return plain(section);
}

/** A text in Markdown without the white space and the dashes that only align it. */
export function plain(markdown: string): string {
  return markdown
    .trim()
    .replaceAll(/ +/g, ' ')
    .replaceAll(/\| ?-+ ?/g, '|-')
    .replaceAll(/-\|\n/g, '-|\n');
}
