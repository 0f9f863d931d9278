import type { Run } from '@vatevo/shell';
import { PRISMA_FOLDER } from '../migrations/folder.ts';
import { writeDiagram } from '../schema/write-diagram.ts';

/** Draws the diagram of the models anew. */
export async function erd({ report }: Run): Promise<undefined> {
  const file = await writeDiagram(PRISMA_FOLDER);
  report.result({ file }, [`Drawn: ${file}`]);
}
