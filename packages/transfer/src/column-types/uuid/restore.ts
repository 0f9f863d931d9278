import { asText } from '../restore/as-text.ts';
import type { Forms, Restore } from '../restore/types.ts';

const BYTES = ['blob'] as const;

/** Names as `upper-bare`: the case of its digits, without hyphens or in braces. */
const SHAPES: readonly (readonly [suffix: string, form: RegExp, write: (text: string) => string])[] = [
  ['', /^[^{]{36}$/, (text) => text],
  ['-bare', /^[^{]{32}$/, (text) => text.replaceAll('-', '')],
  ['-in-braces', /^\{.{36}\}$/, (text) => `{${text}}`],
  ['-bare-in-braces', /^\{.{32}\}$/, (text) => `{${text.replaceAll('-', '')}}`],
];
const CASES: Readonly<Record<string, (text: string) => string>> = {
  lower: (text) => text,
  upper: (text) => text.toUpperCase(),
};
const LISTS: ReadonlyMap<string, readonly string[]> = new Map(
  SHAPES.flatMap(([suffix]) => [
    [`lower${suffix}`, [`lower${suffix}`]],
    [`upper${suffix}`, [`upper${suffix}`]],
    [`any${suffix}`, [`lower${suffix}`, `upper${suffix}`]],
  ]),
);
/** Where the bytes of .NET's Guid stand in a uuid. */
const DOTNET_ORDER = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15] as const;

/** As texts in the case and with the marks that the file has, or as bytes in the order that was decided. */
export const restoreUuid: Restore = {
  ...asText,
  forms: ({ decision }): Forms => ({
    byClass: false,
    usual: ['lower', 'upper'],
    of: (stored) => {
      if (typeof stored !== 'string') return decision?.blobs === undefined ? [] : BYTES;
      const suffix = SHAPES.find(([, form]) => form.test(stored))?.[0];
      const [lower, upper] = [/[a-f]/.test(stored), /[A-F]/.test(stored)];
      if (suffix === undefined || (lower && upper)) return [];
      return LISTS.get(`${lower ? 'lower' : upper ? 'upper' : 'any'}${suffix}`) ?? [];
    },
    writer: (form) => {
      if (form === 'blob') {
        const order = decision?.blobs === 'dotnet-uuid' ? DOTNET_ORDER : undefined;
        return decision?.blobs === undefined ? undefined : { store: (printed) => bytesOf(printed, order) };
      }
      const [name = '', suffix = ''] = /^(lower|upper)(.*)$/.exec(form)?.slice(1) ?? [];
      const inCase = CASES[name];
      const shape = SHAPES.find(([of]) => of === suffix);
      return inCase && shape && { store: (printed) => shape[2](inCase(printed)) };
    },
  }),
};

function bytesOf(printed: string, order: readonly number[] | undefined): Buffer {
  const bytes = Buffer.from(printed.replaceAll('-', ''), 'hex');
  return order === undefined ? bytes : Buffer.from(order.map((at) => bytes[at] as number));
}
