declare module 'spdx-satisfies' {
  /** @throws Error when the expression is none of SPDX */
  export default function satisfies(expression: string, allowed: string[]): boolean;
}
