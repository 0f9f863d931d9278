import { ExitCode, formatCount } from '@vatevo/shell';
import type { Run } from '../preset.ts';
import { type SourceOptions, withEndpoints } from '../transfer/context.ts';
import { option } from '../transfer/next.ts';
import type { Proposal } from './proposal.ts';
import { filesFor, mappingOf, writeProposal } from './proposal-file.ts';
import { proposeMapping } from './propose.ts';
import type { Seeded } from './seeded.ts';

export interface PlanCommandOptions extends SourceOptions {
  readonly out: string;
  readonly force?: boolean;
  readonly seeded?: Seeded;
}

/** The work of `plan`: writes down what a move needs to be decided. */
export async function runPlan(options: PlanCommandOptions, run: Run): Promise<ExitCode> {
  const { report } = run;
  const files = filesFor(run.resolvePath(options.out), options.force ?? false);
  const proposal = await withEndpoints(options, run, ({ endpoints, source: { format } }) =>
    report.step('Look at what is stored', () =>
      // As the file says it: a command has decisions of its own, which a file has no words for.
      proposeMapping({ ...endpoints, mapping: format.mapping }, options.seeded),
    ),
  );
  writeProposal(files, proposal);
  show(proposal, run);
  report.result({ plan: { ...files, ...mappingOf(proposal), refused: proposal.refused } }, [
    `Written: ${options.out}`,
    ...nextAfter(proposal, options, run),
  ]);
  return ExitCode.done;
}

function show({ decides, evidence, questions, renamed, refused }: Proposal, { report }: Run): void {
  for (const { from, to } of renamed) report.note(`${from} goes into ${to}`);
  for (const [table, { seeded }] of Object.entries(decides.tables ?? {})) {
    if (seeded !== undefined) report.note(`${table}: ${seeded}: ${evidence[table]?.why ?? 'as was decided'}`);
  }
  for (const [name, decision] of Object.entries(decides.decisions?.columns ?? {})) {
    const said = Object.entries(decision).map(([kind, value]) => `${kind} ${value}`);
    const why = evidence[name]?.why;
    report.note(`${name}: ${said.join(', ')}${why === undefined ? '' : `: ${why}`}`);
  }
  if (evidence.zone) report.note(`Zone ${decides.decisions?.zone}: ${evidence.zone.why}`);
  for (const [name, { question, candidates }] of Object.entries(questions)) {
    report.note(`open: ${name}: ${question} (${Object.keys(candidates).join(', ')})`);
  }
  for (const sentence of refused) report.warn(`${sentence}.`);
}

function nextAfter({ questions, refused }: Proposal, options: PlanCommandOptions, run: Run): string[] {
  const open = Object.keys(questions).length;
  const given = [
    option('source', options.source),
    option('mapping', options.out),
    ...(options.schema === undefined ? [] : [option('schema', options.schema)]),
    ...(options.urlEnv === undefined ? [] : [option('url-env', options.urlEnv)]),
    ...(refused.length > 0 ? ['--quarantine'] : []),
  ];
  return [
    ...(open > 0
      ? [`${formatCount(open)} questions are open: let the "answer" of each be one of its candidates.`]
      : []),
    `Next: ${run.typed('transfer')} ${given.join(' ')}`,
  ];
}
