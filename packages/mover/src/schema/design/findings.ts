/** What the inspection of a design found, so that the next one does without. */
export class Findings {
  readonly #types = new Map<string, string[]>();
  readonly #nulls = new Set<string>();
  readonly #foreignKeys = new Map<string, string>();

  /** Types that a column, `table.column`, cannot have. */
  refusedTypes(place: string): readonly string[] {
    return this.#types.get(place) ?? [];
  }

  /** @returns false when that is known */
  refuseType(place: string, type: string): boolean {
    const known = this.#types.get(place) ?? [];
    this.#types.set(place, [...known, type]);
    return !known.includes(type);
  }

  holdsNull(place: string): boolean {
    return this.#nulls.has(place);
  }

  /** @returns false when that is known */
  foundNull(place: string): boolean {
    const isKnown = this.#nulls.has(place);
    this.#nulls.add(place);
    return !isKnown;
  }

  /** Which rows break a foreign key, in words. */
  brokenForeignKey(table: string, columns: readonly string[], parent: string): string | undefined {
    return this.#foreignKeys.get(JSON.stringify([table, columns.join(', '), parent]));
  }

  /** @param columns as a refusal names them */
  breakForeignKey(table: string, columns: string, parent: string, words: string): boolean {
    const key = JSON.stringify([table, columns, parent]);
    const isKnown = this.#foreignKeys.has(key);
    if (!isKnown) this.#foreignKeys.set(key, words);
    return !isKnown;
  }
}
