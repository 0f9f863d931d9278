import { PageFile } from './page-file.ts';

/** What a reader has open of one file beside the driver, until it lets the file go. */
export class PageFiles {
  readonly #opened: PageFile[] = [];
  #live: PageFile | undefined;

  /** Pages with windows of their own; see {@link PageFile.open}. */
  open(...[path, access]: Parameters<typeof PageFile.open>): PageFile | undefined {
    const pages = PageFile.open(path, access);
    if (pages) this.#opened.push(pages);
    return pages;
  }

  /** Always the same; see {@link PageFile.openLive}. */
  live(path: string): PageFile {
    if (this.#live === undefined) {
      this.#live = PageFile.openLive(path, 'scan');
      this.#opened.push(this.#live);
    }
    return this.#live;
  }

  close(): void {
    for (const pages of this.#opened.splice(0)) pages.close();
    this.#live = undefined;
  }
}
