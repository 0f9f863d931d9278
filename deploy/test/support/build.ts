import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { allSteps, type Stage, type Step, variablesOf } from './dockerfile.ts';
import { contextFiles, root } from './files.ts';

/** The account that runs the steps: somebody who is not root, when root runs the tests. */
function plainAccount(): { uid?: number; gid?: number } {
  if (process.getuid?.() !== 0) return {};
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  return { uid: id('-u'), gid: id('-g') };
}

/** What lets a package manager reach its registry on this machine, and nothing else of our environment. */
function networkOf(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const names = /^(https?_proxy|no_proxy|node_extra_ca_certs|ssl_cert_(file|dir)|npm_config_registry)$/i;
  const registry = execFileSync('npm', ['config', 'get', 'registry'], { encoding: 'utf8', cwd: '/' }).trim();
  return {
    npm_config_registry: registry,
    ...Object.fromEntries(Object.entries(env).filter(([name]) => names.test(name))),
  };
}

/**
 * Builds images as `docker build` does, each as a folder instead of a file system. A base image is an empty folder with
 * this Node and its headers in `/usr/local`, and paths of the image are paths below its folder.
 */
export class Builder {
  readonly #stages: readonly Stage[];
  readonly #folder: string;
  readonly #account = plainAccount();
  readonly #made = new Set<string>();
  /** Steps for the package manager of the base image's system, which are not run. */
  readonly notRun: string[] = [];

  constructor(stages: readonly Stage[], folder: string) {
    this.#stages = stages;
    this.#folder = folder;
    this.#own(folder);
  }

  /** Makes the stage and those that it needs; its root folder. */
  build(stage: Stage): string {
    const at = join(this.#folder, stage.name);
    if (this.#made.has(stage.name)) return at;
    this.#made.add(stage.name);
    const below = this.#stages.find(({ name }) => name === stage.base);
    if (below) cpSync(this.build(below), at, { recursive: true, verbatimSymlinks: true });
    else this.#baseImage(at);
    this.#own(at);
    const before = below ? allSteps(this.#stages, below) : [];
    for (const [index, step] of stage.steps.entries())
      this.#do(step, at, [...before, ...stage.steps.slice(0, index)]);
    return at;
  }

  /** How a process is started in an image: where, with its variables, as whom. */
  processIn(stage: Stage, own: Readonly<Record<string, string>>) {
    const at = join(this.#folder, stage.name);
    const steps = allSteps(this.#stages, stage);
    return { ...this.#account, cwd: workdirOf(steps, at), env: { ...this.#variables(steps, at), ...own } };
  }

  #do(step: Step, at: string, before: readonly Step[]): void {
    const cwd = workdirOf(before, at);
    mkdirSync(cwd, { recursive: true });
    if (step.do === 'copy') this.#copy(step, at, cwd);
    if (step.do !== 'run') return;
    if (/^apt-get update && apt-get install [\w .+-]+$/.test(step.command)) {
      this.notRun.push(step.command);
      return;
    }
    this.#own(cwd);
    const env = {
      ...networkOf(process.env),
      HOME: join(this.#folder, 'home'),
      ...this.#variables(before, at),
    };
    const ran = spawnSync('/bin/sh', ['-c', step.command], {
      ...this.#account,
      cwd,
      env: { ...env, npm_config_prefix: join(at, 'usr/local') },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    });
    if (ran.status !== 0)
      throw new Error(
        `RUN ${step.command}: ended with ${ran.status ?? ran.signal}\n${ran.stdout}${ran.stderr}`,
      );
  }

  #copy({ from, sources, target }: Extract<Step, { do: 'copy' }>, at: string, cwd: string): void {
    const origin = from === undefined ? this.#context() : this.build(this.#stage(from));
    const goal = target.startsWith('/') ? join(at, target) : resolve(cwd, target);
    for (const source of sources) {
      const found = join(origin, source);
      const isFolder = statSync(found).isDirectory();
      const into = isFolder || !target.endsWith('/') ? goal : join(goal, source);
      cpSync(found, into, { recursive: true, verbatimSymlinks: true });
    }
  }

  /** The files that Docker would be sent. */
  #context(): string {
    const at = join(this.#folder, 'context');
    if (existsSync(at)) return at;
    for (const name of contextFiles()) cpSync(join(root, name), join(at, name), { verbatimSymlinks: true });
    return at;
  }

  #baseImage(at: string): void {
    const prefix = dirname(dirname(process.execPath));
    for (const name of ['bin/node', 'include/node']) {
      mkdirSync(join(at, 'usr/local', dirname(name)), { recursive: true });
      symlinkSync(join(prefix, name), join(at, 'usr/local', name));
    }
  }

  #variables(steps: readonly Step[], at: string): Record<string, string> {
    const mapped = Object.entries(variablesOf(steps)).map(([name, value]) => [
      name,
      value.startsWith('/') ? join(at, value) : value,
    ]);
    const path = [join(at, 'usr/local/bin'), dirname(process.execPath), '/usr/bin', '/bin'].join(':');
    return { PATH: path, ...Object.fromEntries(mapped) };
  }

  #stage(name: string): Stage {
    const stage = this.#stages.find((each) => each.name === name);
    if (stage === undefined) throw new Error(`There is no stage "${name}".`);
    return stage;
  }

  #own(folder: string): void {
    mkdirSync(folder, { recursive: true });
    const { uid, gid } = this.#account;
    if (uid === undefined) return;
    execFileSync('chown', ['-Rh', `${uid}:${gid}`, folder]);
    chmodSync(folder, 0o755);
  }
}

function workdirOf(steps: readonly Step[], at: string): string {
  const folders = steps.flatMap((step) => (step.do === 'workdir' ? [step.folder] : []));
  return join(at, folders.at(-1) ?? '/');
}
