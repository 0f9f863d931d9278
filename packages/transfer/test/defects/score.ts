/** Counts, by group, how many defects were put in and how many of them verification caught and placed. */
export class Score {
  readonly #groups = new Map<string, { injected: number; caught: number; placed: number }>();

  /** @param placed whether the defect's very place and values were named */
  add(group: string, caught: boolean, placed: boolean): void {
    const counts = this.#groups.get(group) ?? { injected: 0, caught: 0, placed: 0 };
    counts.injected++;
    if (caught) counts.caught++;
    if (placed) counts.placed++;
    this.#groups.set(group, counts);
  }

  get total(): { injected: number; caught: number; placed: number } {
    const total = { injected: 0, caught: 0, placed: 0 };
    for (const counts of this.#groups.values()) {
      total.injected += counts.injected;
      total.caught += counts.caught;
      total.placed += counts.placed;
    }
    return total;
  }

  /** A table in Markdown, the groups in the order of the given list. */
  table(groups: readonly string[]): string {
    const { injected, caught, placed } = this.total;
    const lines = groups.map((group) => {
      const counts = this.#groups.get(group) ?? { injected: 0, caught: 0, placed: 0 };
      return `| ${group} | ${counts.injected} | ${counts.caught} | ${counts.placed} |`;
    });
    return [
      '| defects in | injected | caught | pinpointed |',
      '|---|---|---|---|',
      ...lines,
      `| **all** | **${injected}** | **${caught}** | **${placed}** |`,
      '',
      `Score: ${((100 * Math.min(caught, placed)) / injected).toFixed(1)} %.`,
    ].join('\n');
  }
}
