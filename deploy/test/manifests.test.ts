import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { allSteps, readDockerfile, stageNamed, variablesOf } from './support/dockerfile.ts';
import { documents, root, text, yaml } from './support/files.ts';

interface Named {
  readonly kind: string;
  readonly metadata: { readonly labels?: Record<string, string> };
}

const KUBERNETES = 'deploy/kubernetes';
const compose = yaml('compose.yaml');
const kustomization = yaml(`${KUBERNETES}/kustomization.yaml`);
const objects = kustomization.resources.flatMap((name: string) => documents(`${KUBERNETES}/${name}`));
const objectOf = (kind: string) => objects.find((object: { kind: string }) => object.kind === kind);
const podOf = (kind: string) => objectOf(kind).spec.template.spec;
const pods = ['Job', 'Deployment'].map((kind) => ({ kind, pod: podOf(kind) }));
const images = readDockerfile(text('Dockerfile'));

/** Every variable that docs/configuration.md names. */
const documented = new Set(
  [...text('docs/configuration.md').matchAll(/`([A-Z][A-Z0-9_]+)(?:=[^`\n]*)?`/g)].map(
    ([, name = '']) => name,
  ),
);

/** What a stopping API may need for what is under way, as it is in the code; seconds. */
const grace =
  Number(
    /GRACE_MS = ([\d_]+)/.exec(text('apps/api/src/server/stop-on-signals.ts'))?.[1]?.replaceAll('_', ''),
  ) / 1000;

let routes: Set<string>;
beforeAll(async () => {
  const { OPERATIONS } = await import(join(root, 'apps/api/dist/openapi/operations.js'));
  routes = new Set(OPERATIONS.map(({ method, path }: Record<string, string>) => `${method} ${path}`));
});

describe('the variables of the images, of compose and of Kubernetes', () => {
  const ours = ['api', 'prepare'].map((name) => compose.services[name].environment);
  const pairs = pods.flatMap(({ pod }) => pod.containers[0].env ?? []);
  const written: Record<string, string>[] = [
    ...['api', 'ops'].map((name) => variablesOf(allSteps(images, stageNamed(images, name)))),
    ...ours,
    objectOf('ConfigMap').data,
    Object.fromEntries(pairs.map(({ name, value }: Record<string, string>) => [name, value])),
  ];

  it('are those that docs/configuration.md names', () => {
    const names = [...new Set(written.flatMap((variables) => Object.keys(variables)))];
    expect(names).toContain('POSTGRES_URL');
    expect(names.filter((name) => !documented.has(name))).toEqual([]);
  });

  it('hold no secret: those are files, which are mounted', () => {
    for (const variables of written) {
      const names = Object.keys(variables);
      expect(names.filter((name) => /(PASSWORD|TOKEN)$/.test(name))).toEqual([]);
      if (variables.POSTGRES_URL !== undefined) expect(new URL(variables.POSTGRES_URL).password).toBe('');
    }
    for (const name of ['api', 'prepare']) {
      const { environment, secrets } = compose.services[name];
      for (const [variable, file] of Object.entries<string>(environment))
        if (variable.endsWith('_FILE'))
          expect([variable, secrets.map((each: string) => `/run/secrets/${each}`).includes(file)]).toEqual([
            variable,
            true,
          ]);
    }
    const { mountPath } = podOf('Deployment').containers[0].volumeMounts[0];
    for (const variables of written.slice(-2))
      for (const [variable, file] of Object.entries(variables))
        if (variable.endsWith('_FILE')) expect(file.startsWith(`${mountPath}/`)).toBe(true);
  });
});

describe('compose.yaml', () => {
  const { api, prepare, postgres, prometheus, grafana } = compose.services;

  it('starts two APIs when the job has succeeded, which waits for the server', () => {
    expect(api.depends_on.prepare.condition).toBe('service_completed_successfully');
    expect(prepare.depends_on.postgres.condition).toBe('service_healthy');
    expect(postgres.image).toMatch(/^postgres:18\.\d+-/);
    expect(prepare.restart).toBe('no');
    expect(api.deploy.replicas).toBe(2);
    const [, first, last] = /:(\d+)-(\d+):3000$/.exec(api.ports[0]) ?? [];
    expect(Number(last) - Number(first) + 1).toBe(api.deploy.replicas);
    for (const { build } of [api, prepare]) stageNamed(images, build.target);
  });

  it('lets the API write nothing, be nobody, and end what it began', () => {
    for (const service of [api, prepare])
      expect(service).toMatchObject({
        read_only: true,
        cap_drop: ['ALL'],
        security_opt: ['no-new-privileges:true'],
      });
    expect(Number.parseInt(api.stop_grace_period, 10)).toBeGreaterThan(grace);
  });

  it('mounts files that are there, and secrets that it knows', () => {
    for (const { volumes = [], secrets = [] } of Object.values<Record<string, string[]>>(compose.services)) {
      for (const volume of volumes) {
        const [source = ''] = volume.split(':');
        const known = source.startsWith('./') ? existsSync(join(root, source)) : source in compose.volumes;
        expect([source, known]).toEqual([source, true]);
      }
      for (const secret of secrets) expect(Object.keys(compose.secrets)).toContain(secret);
    }
  });

  it('publishes its ports on this machine alone, each once', () => {
    const ports = Object.values<{ ports?: string[] }>(compose.services).flatMap(
      (service) => service.ports ?? [],
    );
    expect(ports.filter((port) => !port.startsWith('127.0.0.1:'))).toEqual([]);
    expect(new Set(ports.map((port) => port.split(':')[1])).size).toBe(ports.length);
  });

  it('watches the APIs by the job that the rules know, with the token', () => {
    const config = yaml('deploy/compose/prometheus.yml');
    const [job] = config.scrape_configs;
    expect(text('ops/monitoring/alerts.yml')).toContain(`job="${job.job_name}"`);
    expect(job.dns_sd_configs[0].names).toEqual(['api']);
    expect(job.authorization.credentials_file).toBe(api.environment.VATEVO_METRICS_TOKEN_FILE);
    for (const file of config.rule_files)
      expect(prometheus.volumes.some((volume: string) => volume.includes(`:/etc/prometheus/${file}:`))).toBe(
        true,
      );
  });

  it('gives Grafana its data source and the dashboard', () => {
    const [source] = yaml('deploy/compose/grafana/datasources.yml').datasources;
    expect(new URL(source.url).hostname in compose.services).toBe(true);
    const [provider] = yaml('deploy/compose/grafana/dashboards.yml').providers;
    expect(
      grafana.volumes.some((volume: string) =>
        volume.startsWith(`./ops/monitoring/grafana-dashboard.json:${provider.options.path}/`),
      ),
    ).toBe(true);
  });
});

describe('the manifests of Kubernetes', () => {
  it('name the images of compose and of the workflow', () => {
    const named = kustomization.images.map(
      ({ newName, newTag }: Record<string, string>) => `${newName}:${newTag}`,
    );
    expect(named.sort()).toEqual([compose.services.api.image, compose.services.prepare.image].sort());
    for (const { pod } of pods)
      expect(kustomization.images.map(({ name }: { name: string }) => name)).toContain(
        pod.containers[0].image,
      );
  });

  it.each(pods)('run the $kind without any right', ({ pod }) => {
    const { user } = stageNamed(images, 'api');
    expect(pod.automountServiceAccountToken).toBe(false);
    expect(`${pod.securityContext.runAsUser}:${pod.securityContext.runAsGroup}`).toBe(user);
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    for (const { securityContext, resources } of pod.containers) {
      expect(securityContext).toEqual({
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        capabilities: { drop: ['ALL'] },
      });
      expect(resources.requests.memory && resources.requests.cpu && resources.limits.memory).toBeTruthy();
    }
  });

  it('probe routes that the API has, and restart for nothing that the database does', () => {
    const [container] = podOf('Deployment').containers;
    const pathOf = (probe: string) => container[probe].httpGet.path;
    for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe']) {
      expect(routes).toContain(`get ${pathOf(probe)}`);
      expect(container[probe].httpGet.port).toBe(container.ports[0].name);
    }
    expect([pathOf('startupProbe'), pathOf('livenessProbe')]).toEqual(['/health', '/health']);
    expect(pathOf('readinessProbe')).toBe('/health/db');
    // It answers within 5 s, whatever the database does.
    expect(container.readinessProbe.timeoutSeconds).toBeGreaterThan(5);
    expect(String(container.ports[0].containerPort)).toBe(variablesOf(stageNamed(images, 'api').steps).PORT);
  });

  it('give a pod the time to answer what is under way', () => {
    const pod = podOf('Deployment');
    const pause = Number(pod.containers[0].lifecycle.preStop.exec.command.at(-1));
    expect(grace).toBeGreaterThan(0);
    expect(pod.terminationGracePeriodSeconds).toBeGreaterThan(pause + grace);
  });

  it('keep a pod whatever is drained, and replace none before another serves', () => {
    const { spec } = objectOf('Deployment');
    const labels = spec.template.metadata.labels;
    for (const selector of [
      spec.selector.matchLabels,
      objectOf('Service').spec.selector,
      objectOf('PodDisruptionBudget').spec.selector.matchLabels,
    ])
      expect(labels).toMatchObject(selector);
    expect(spec.strategy.rollingUpdate.maxUnavailable).toBe(0);
    expect(objectOf('PodDisruptionBudget').spec.minAvailable).toBeLessThan(spec.replicas);
  });
});

describe('docs/deploy.md', () => {
  const page = text('docs/deploy.md');

  it('selects for the first step the job and what it needs', () => {
    const [, label = '', value] = /--selector (\S+)=(\S+)/.exec(page) ?? [];
    const selected = objects.filter(({ metadata }: Named) => metadata.labels?.[label] === value);
    expect(selected.map(({ kind }: Named) => kind).sort()).toEqual(['ConfigMap', 'Job']);
    expect(page).toContain(`job/${objectOf('Job').metadata.name}`);
    expect(page).toContain(`deployment/${objectOf('Deployment').metadata.name}`);
  });

  it('makes the very secrets that are mounted', () => {
    const made = [...page.matchAll(/--from-file=(\S+)/g)].map(([, name]) => name);
    const { mountPath } = podOf('Deployment').containers[0].volumeMounts[0];
    const wanted = [
      objectOf('ConfigMap').data.POSTGRES_PASSWORD_FILE,
      ...podOf('Deployment').containers[0].env.map(({ value }: Record<string, string>) => value),
    ];
    expect(made.map((name) => `${mountPath}/${name}`).sort()).toEqual(wanted.sort());
    const [, name] = /create secret generic (\S+)/.exec(page) ?? [];
    for (const { pod } of pods) expect(pod.volumes[0].secret.secretName).toBe(name);
  });

  it('names the ports of compose.yaml', () => {
    const published = Object.values<{ ports?: string[] }>(compose.services)
      .flatMap(({ ports = [] }) => ports)
      .flatMap((port) => port.split(':')[1]?.split('-') ?? []);
    const [, table = ''] = page.split('| port on 127.0.0.1 | service |');
    expect(new Set(table.split('\n\n')[0]?.match(/\b\d{4}\b/g))).toEqual(new Set(published));
  });
});
