/** A metric's samples: labels and value. */
interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a scrape holds, by metric. */
export type Samples = ReadonlyMap<string, readonly Sample[]>;

const LINE = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/;
const LABEL = /(\w+)="((?:[^"\\]|\\.)*)"/g;

/** Reads Prometheus's text format. */
export function parseSamples(text: string): Samples {
  const samples = new Map<string, Sample[]>();
  for (const line of text.split('\n')) {
    const [, name, labels = '', value] = LINE.exec(line) ?? [];
    if (name === undefined) continue;
    const found = Object.fromEntries([...labels.matchAll(LABEL)].map(([, label, text]) => [label, text]));
    samples.set(name, [...(samples.get(name) ?? []), { labels: found, value: Number(value) }]);
  }
  return samples;
}

/** The sum of a metric's samples, of those whose labels fit; 0 when there are none. */
export function sum(
  samples: Samples,
  name: string,
  fits: (labels: Sample['labels']) => boolean = () => true,
): number {
  return (samples.get(name) ?? []).reduce((all, { labels, value }) => (fits(labels) ? all + value : all), 0);
}
