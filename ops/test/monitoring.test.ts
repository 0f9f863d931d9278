import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SyntaxNode } from '@lezer/common';
import { parser } from '@prometheus-io/lezer-promql';
import { testDatabase } from '@vatevo/local-postgres/vitest';
import { closedPort } from '@vatevo/test-kit/silent-servers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { summarise } from '../src/monitor/metrics-reader.ts';
import { parseSamples, type Samples } from '../src/monitor/samples.ts';
import { type Running, root, runScript, start } from './support/run-script.ts';

const FOLDER = join(root, 'ops/monitoring');

/** What Prometheus adds to every sample, and its own metric for a scrape. */
const TARGET_LABELS = ['job', 'instance'];
const OWN = new Set(['up']);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly labels: { readonly severity: string };
  readonly annotations: { readonly summary: string; readonly runbook: string };
}

const rules: Rule[] = parse(await readFile(join(FOLDER, 'alerts.yml'), 'utf8')).groups.flatMap(
  (group: { rules: Rule[] }) => group.rules,
);
const dashboard = JSON.parse(await readFile(join(FOLDER, 'grafana-dashboard.json'), 'utf8'));
const expressions: [string, string][] = [
  ...rules.map(({ alert, expr }): [string, string] => [alert, expr]),
  ...dashboard.panels.flatMap((panel: { title: string; targets: { expr: string }[] }) =>
    panel.targets.map(({ expr }): [string, string] => [`panel ${panel.title}`, expr]),
  ),
];

let database: Awaited<ReturnType<typeof testDatabase>>;
let api: Running;
/** The labels of every metric that the API exports, by its name in a query. */
const exported = new Map<string, Set<string>>();
let scraped: Samples;

beforeAll(async () => {
  database = await testDatabase();
  expect((await runScript('ops:prepare-postgres', [], { POSTGRES_URL: database.url })).code).toBe(0);
  const port = await closedPort();
  api = start('node', [join(root, 'apps/api/dist/main.js')], {
    env: { POSTGRES_URL: database.url, PORT: String(port) },
  });
  await api.said('ready to serve data');
  await fetch(`http://127.0.0.1:${port}/health/db`);
  const text = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  scraped = parseSamples(text);
  for (const [name, samples] of scraped)
    exported.set(name, new Set(samples.flatMap(({ labels }) => Object.keys(labels))));
});
afterAll(async () => {
  api?.child.kill('SIGKILL');
  await api?.ended;
  await database?.drop();
});

function nodesOf(expr: string, name: string): SyntaxNode[] {
  const found: SyntaxNode[] = [];
  parser.parse(expr).iterate({
    enter: ({ node }) => {
      if (node.name === name || (name === 'error' && node.type.isError)) found.push(node);
    },
  });
  return found;
}

const textsIn = (expr: string, node: SyntaxNode, name: string): string[] =>
  nodesOf(expr, name)
    .filter(({ from, to }) => from >= node.from && to <= node.to)
    .map(({ from, to }) => expr.slice(from, to));

describe('the alert rules and the dashboard', () => {
  it.each(expressions)('%s: asks for nothing that the API does not export: %s', (_, expr) => {
    expect(nodesOf(expr, 'error').map(({ from }) => expr.slice(from))).toEqual([]);
    const selectors = nodesOf(expr, 'VectorSelector');
    expect(selectors.length).toBeGreaterThan(0);
    const known = new Set(TARGET_LABELS);
    for (const selector of selectors) {
      const [metric = ''] = textsIn(expr, selector, 'Identifier');
      if (OWN.has(metric)) continue;
      const labels = exported.get(metric);
      expect([metric, labels !== undefined]).toEqual([metric, true]);
      for (const label of labels ?? []) known.add(label);
      for (const label of textsIn(expr, selector, 'LabelName'))
        expect([metric, label, labels?.has(label) || TARGET_LABELS.includes(label)]).toEqual([
          metric,
          label,
          true,
        ]);
    }
    for (const grouping of nodesOf(expr, 'GroupingLabels'))
      for (const label of textsIn(expr, grouping, 'LabelName')) expect(known).toContain(label);
  });

  it('are told apart, say what is the matter, and are answered in the runbook', async () => {
    const names = rules.map(({ alert }) => alert);
    expect(new Set(names).size).toBe(names.length);
    const runbook = await readFile(join(root, 'docs/runbook.md'), 'utf8');
    for (const { alert, labels, annotations } of rules) {
      expect([alert, runbook.includes(`\`${alert}\``)]).toEqual([alert, true]);
      expect(labels.severity).toMatch(/^(critical|warning)$/);
      expect(annotations.summary).not.toBe('');
      const [file = '', anchor = ''] = annotations.runbook.split('#');
      const headings = (await readFile(join(root, file), 'utf8')).match(/^## .*$/gm) ?? [];
      const anchors = headings.map((text) =>
        text
          .slice(3)
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replaceAll(' ', '-'),
      );
      expect(anchors).toContain(anchor);
    }
    // And the other way round: the runbook names no alert or metric that does not exist.
    for (const [, name = ''] of runbook.matchAll(/`(Vatevo[A-Z]\w+)`/g)) expect(names).toContain(name);
    const [, watch = ''] = runbook.split(/^## Watch$/m);
    for (const [, name = ''] of watch.matchAll(/`((?:vatevo|db_client|http_server|nodejs|process)_\w+)`/g))
      expect([name, exported.has(name) || exported.has(`${name}_bucket`)]).toEqual([name, true]);
  });

  it('need no panel twice', () => {
    const titles = dashboard.panels.map(({ title }: { title: string }) => title);
    expect(new Set(titles).size).toBe(titles.length);
  });
});

it('the monitor asks for nothing that the API does not export', () => {
  const missing: string[] = [];
  /** Notes the keys that are looked for in vain. */
  const noting = <T extends object>(of: T, where: string): T =>
    new Proxy(of, {
      get(labels, name) {
        if (!Reflect.has(labels, name)) missing.push(`${where} ${String(name)}`);
        return Reflect.get(labels, name);
      },
    });
  const watched: Samples = Object.assign(new Map(), {
    get(name: string) {
      if (!scraped.has(name)) missing.push(name);
      return scraped.get(name)?.map((sample) => ({ ...sample, labels: noting(sample.labels, name) }));
    },
  });
  expect(summarise(watched)).toMatchObject({ ok: true, databaseUp: true });
  expect(missing).toEqual([]);
});
