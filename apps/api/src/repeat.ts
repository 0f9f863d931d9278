/**
 * Does `work` again and again beside everything else, at once for the first time. The process does not stay for it.
 *
 * @param work is told whether it was stopped meanwhile; resolves with the milliseconds until the next time, or with
 *   undefined when there is to be none
 * @returns stops it
 */
export function repeat(work: (isStopped: () => boolean) => Promise<number | undefined>): () => void {
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  const again = async () => {
    const pause = await work(() => stopped);
    if (stopped || pause === undefined) return;
    timer = setTimeout(again, pause);
    timer.unref();
  };
  void again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
