/** Runs of a property: few in every test run, many when it is asked for (`VATEVO_TEST_LONG=1`). */
export function runs(few: number, many: number): number {
  return process.env.VATEVO_TEST_LONG === '1' ? many : few;
}
