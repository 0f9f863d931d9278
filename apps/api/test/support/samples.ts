/** The lines of a scrape: metrics with their labels, and values. */
export type Samples = ReadonlyMap<string, number>;

/** Reads Prometheus's text format: `name{label="value"}` to its number. */
export function readSamples(text: string): Samples {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(
    lines.map((line) => {
      const space = line.lastIndexOf(' ');
      return [line.slice(0, space), Number(line.slice(space + 1))];
    }),
  );
}

/** The sum of all samples of a metric whose labels hold what is given. */
export function total(samples: Samples, name: string, labels: Record<string, string | number> = {}): number {
  let sum = 0;
  for (const [sample, value] of samples) {
    const matches = Object.entries(labels).every(([label, wanted]) =>
      sample.includes(`${label}="${wanted}"`),
    );
    if ((sample === name || sample.startsWith(`${name}{`)) && matches) sum += value;
  }
  return sum;
}
