/** What the work comes to, unless that takes too long. The work itself goes on. */
export async function within<Result>(
  milliseconds: number,
  work: Promise<Result>,
  tooLate: () => Error = () => new Error('timeout expired'),
): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLate()), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    // Nobody listens any more.
    work.catch(() => undefined);
  }
}
