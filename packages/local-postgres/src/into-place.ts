import { rename, rm } from 'node:fs/promises';

/** @returns whether the folder has the new name; it has not where another stands there */
export function isRenamed(from: string, to: string): Promise<boolean> {
  return rename(from, to).then(
    () => true,
    () => false,
  );
}

/**
 * Gives a folder that was made under a name of its own its place. Of several that are made at once the first one
 * stays; the others, and one that stands there damaged, give way.
 */
export async function moveIntoPlace(
  work: string,
  place: string,
  isWhole: () => Promise<boolean>,
): Promise<void> {
  if (await isRenamed(work, place)) return;
  if (await isWhole()) return;
  // By rename, for whoever works with it still.
  const aside = `${work}.old`;
  await isRenamed(place, aside);
  await isRenamed(work, place);
  await rm(aside, { recursive: true, force: true });
}
