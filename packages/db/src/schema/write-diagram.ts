import { readFile, writeFile } from 'node:fs/promises';
import { prismaFiles } from '../migrations/folder.ts';
import { readModels } from '../tenancy/models.ts';
import { diagramFile, drawModels } from './diagram.ts';

/**
 * Draws the models of a folder `prisma` anew.
 *
 * @returns the file that was written
 * @throws SchemaTextError
 */
export async function writeDiagram(root: string): Promise<string> {
  const schema = await readFile(prismaFiles('postgres', root).schema, 'utf8');
  const file = diagramFile(root);
  await writeFile(file, drawModels(readModels(schema)));
  return file;
}
