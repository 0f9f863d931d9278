import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const TEMPLATES = new URL('../../templates/', import.meta.url);

/** Files to be made and changed, as one: nothing is written before all of it is known to fit. */
export class Changes {
  /** @type {Map<string, string>} */
  #texts = new Map();
  #root;

  /** @param {string} root the repository's folder */
  constructor(root) {
    this.#root = root;
  }

  /** @param {string} file below the root @param {string} text @throws Error when the file is there */
  create(file, text) {
    if (existsSync(join(this.#root, file))) {
      throw new Error(`${file} is there already: choose another name, or delete it.`);
    }
    this.#texts.set(file, text);
  }

  /**
   * @param {string} file
   * @param {string} template its name below scripts/templates
   * @param {Readonly<Record<string, string>>} words what stands for `{{word}}` in it
   */
  createFrom(file, template, words) {
    this.create(file, filled(template, words));
  }

  /** @param {string} file */
  read(file) {
    return this.#texts.get(file) ?? readFileSync(join(this.#root, file), 'utf8');
  }

  /**
   * @param {string} file
   * @param {(text: string) => string} change
   * @throws Error when it finds nothing to change
   */
  edit(file, change) {
    const text = this.read(file);
    const changed = change(text);
    if (changed === text) throw new Error(`${file} is not as this generator knows it: fix scripts/lib/new.`);
    this.#texts.set(file, changed);
  }

  /** @returns {readonly string[]} the files */
  write() {
    for (const [file, text] of this.#texts) {
      const path = join(this.#root, file);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text);
    }
    return [...this.#texts.keys()];
  }
}

/** @param {string} template @param {Readonly<Record<string, string>>} words */
function filled(template, words) {
  return readFileSync(new URL(template, TEMPLATES), 'utf8').replaceAll(/\{\{(\w+)\}\}/g, (_, word) => {
    const text = words[word];
    if (text === undefined) throw new Error(`The template ${template} asks for an unknown word, ${word}.`);
    return text;
  });
}
