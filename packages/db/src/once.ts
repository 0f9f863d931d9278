/** A function that does its work at the first call; later calls get the promise of the first. */
export function once<Arguments extends unknown[], Result>(
  work: (...args: Arguments) => Promise<Result>,
): (...args: Arguments) => Promise<Result> {
  let first: Promise<Result> | undefined;
  return (...args) => {
    first ??= work(...args);
    return first;
  };
}
