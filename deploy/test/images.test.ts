import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { allSteps, readDockerfile, stageNamed, variablesOf } from './support/dockerfile.ts';
import { contextFiles, filesOfGit, root, text } from './support/files.ts';

const stages = readDockerfile(text('Dockerfile'));
const { packageManager, devDependencies } = JSON.parse(text('package.json'));
const isStage = (name: string) => stages.some((stage) => stage.name === name);

/** Each final stage, with the folder of the package that is in it. */
const images = [
  { name: 'api', folder: 'apps/api' },
  { name: 'ops', folder: 'ops' },
].map((image) => ({ ...image, stage: stageNamed(stages, image.name) }));

describe('the Dockerfile', () => {
  it('stands on one pinned image', () => {
    const bases = new Set(stages.map(({ base }) => base).filter((base) => !isStage(base)));
    expect([...bases]).toEqual([expect.stringMatching(/^node:\d+\.\d+\.\d+-\w+-slim$/)]);
  });

  it('installs the very pnpm and turbo that the workspace uses', () => {
    const installed = stages
      .flatMap(({ steps }) => steps)
      .flatMap((step) => (step.do === 'run' ? [/^npm install --global (.*)$/.exec(step.command)?.[1]] : []))
      .filter((packages) => packages !== undefined);
    expect(installed).toEqual([`${packageManager} turbo@${devDependencies.turbo}`]);
  });

  it('copies what there is, and of other stages only what is named before', () => {
    const context = contextFiles();
    for (const [index, { steps }] of stages.entries())
      for (const step of steps) {
        if (step.do !== 'copy') continue;
        if (step.from !== undefined)
          expect(stages.slice(0, index).map(({ name }) => name)).toContain(step.from);
        else
          for (const source of step.sources)
            expect([source, source === '.' || context.includes(source)]).toEqual([source, true]);
      }
  });

  it('is sent nothing that git does not hold', () => {
    const known = new Set(filesOfGit());
    const context = contextFiles();
    expect(context.filter((name) => !known.has(name))).toEqual([]);
    for (const name of ['turbo.json', 'pnpm-lock.yaml', 'apps/api/src/main.ts'])
      expect(context).toContain(name);
    expect(context.filter((name) => /(^|\/)(\.env|node_modules|\.git)(\/|$)/.test(name))).toEqual([]);
  });

  it.each(images)('has in $name neither root nor a compiler, and no secret', ({ stage }) => {
    expect(stage.user).toMatch(/^[1-9]\d*:[1-9]\d*$/);
    const commands = allSteps(stages, stage).filter((step) => step.do === 'run');
    expect(commands).toEqual([]);
    expect(Object.keys(variablesOf(stage.steps)).filter((name) => /URL|TOKEN|PASSWORD/.test(name))).toEqual(
      [],
    );
  });

  it.each(images)('starts in $name what its package has', ({ stage, folder }) => {
    const [program, script = ''] = stage.entrypoint ?? stage.command ?? [];
    expect(program).toBe('node');
    expect(existsSync(join(root, folder, script))).toBe(true);
    const { files } = JSON.parse(text(`${folder}/package.json`));
    expect(files).toContain(script.split('/')[0]);
  });

  it('asks for the health of the process, by Node alone', () => {
    const { healthcheck = [], steps } = stageNamed(stages, 'api');
    expect(healthcheck[0]).toBe('node');
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is the program that the image runs
    expect(healthcheck.at(-1)).toContain('http://127.0.0.1:${process.env.PORT}/health`');
    expect(variablesOf(steps)).toMatchObject({ NODE_ENV: 'production', VATEVO_ENV: 'production' });
  });
});
