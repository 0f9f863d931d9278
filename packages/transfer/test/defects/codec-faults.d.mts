/** A fault of the copy: which module of the engine it replaces, which export, and by what. */
export interface Fault {
  readonly module: string;
  readonly name: string;
  // biome-ignore lint/suspicious/noExplicitAny: any export of any module can be replaced.
  readonly wrap: (sound: any) => unknown;
}
export declare const FAULTS: Readonly<Record<string, Fault>>;
