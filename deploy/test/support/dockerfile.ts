import {
  type Copy,
  DockerfileParser,
  type Env,
  type From,
  type JSONInstruction,
  type Workdir,
} from 'dockerfile-ast';

export type Step =
  | { readonly do: 'run'; readonly command: string }
  | {
      readonly do: 'copy';
      readonly from: string | undefined;
      readonly sources: readonly string[];
      readonly target: string;
    }
  | { readonly do: 'env'; readonly variables: Readonly<Record<string, string>> }
  | { readonly do: 'workdir'; readonly folder: string };

/** One image of a Dockerfile: on what it stands, how it is made, and what is started in it. */
export interface Stage {
  readonly name: string;
  /** Another stage, or an image of a registry. */
  readonly base: string;
  readonly steps: Step[];
  user?: string;
  entrypoint?: string[];
  command?: string[];
  healthcheck?: string[];
}

/** @throws Error at an instruction that this does not know: nothing of a Dockerfile is passed over */
export function readDockerfile(text: string): Stage[] {
  const stages: Stage[] = [];
  for (const instruction of DockerfileParser.parse(text).getInstructions()) {
    const keyword = instruction.getKeyword();
    const content = instruction.getArgumentsContent() ?? '';
    if (keyword === 'FROM') {
      const from = instruction as From;
      stages.push({ name: from.getBuildStage() ?? '', base: from.getImage() ?? '', steps: [] });
      continue;
    }
    const stage = stages.at(-1);
    if (stage === undefined) throw new Error(`${keyword} stands before the first FROM.`);
    switch (keyword) {
      case 'RUN':
        stage.steps.push({ do: 'run', command: content });
        break;
      case 'COPY': {
        const copy = instruction as Copy;
        const names = copy.getArguments().map((argument) => argument.getValue());
        const from = copy.getFromFlag()?.getValue() ?? undefined;
        stage.steps.push({ do: 'copy', from, sources: names.slice(0, -1), target: names.at(-1) ?? '' });
        break;
      }
      case 'ENV': {
        const properties = (instruction as Env).getProperties();
        const variables = properties.map((each) => [each.getName(), each.getValue() ?? ''] as const);
        stage.steps.push({ do: 'env', variables: Object.fromEntries(variables) });
        break;
      }
      case 'WORKDIR':
        stage.steps.push({ do: 'workdir', folder: (instruction as Workdir).getPath() ?? '' });
        break;
      case 'USER':
        stage.user = content;
        break;
      case 'ENTRYPOINT':
        stage.entrypoint = words(instruction as JSONInstruction);
        break;
      case 'CMD':
        stage.command = words(instruction as JSONInstruction);
        break;
      case 'HEALTHCHECK':
        stage.healthcheck = JSON.parse(content.slice(content.indexOf('CMD ') + 4));
        break;
      case 'EXPOSE':
        break;
      default:
        throw new Error(`${keyword} is not known here: teach deploy/test what it does.`);
    }
  }
  return stages;
}

/** The form without a shell: signals reach the program itself. */
function words(instruction: JSONInstruction): string[] {
  return JSON.parse(instruction.getArgumentsContent() ?? '');
}

export function stageNamed(stages: readonly Stage[], name: string): Stage {
  const stage = stages.find((each) => each.name === name);
  if (stage === undefined) throw new Error(`The Dockerfile has no stage "${name}".`);
  return stage;
}

/** What the stages that it stands on do, and then what itself does. */
export function allSteps(stages: readonly Stage[], stage: Stage): Step[] {
  const below = stages.find(({ name }) => name === stage.base);
  return [...(below ? allSteps(stages, below) : []), ...stage.steps];
}

export function variablesOf(steps: readonly Step[]): Record<string, string> {
  return Object.assign({}, ...steps.flatMap((step) => (step.do === 'env' ? [step.variables] : [])));
}
