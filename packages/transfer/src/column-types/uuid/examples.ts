import fc from 'fast-check';
import { example } from '../examples.ts';

const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 });

export const uuid = bytes.map((value) => {
  const hex = Buffer.from(value).toString('hex');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
});

const form = fc.constantFrom<(text: string) => string>(
  (text) => text,
  (text) => text.toUpperCase(),
  (text) => text.replaceAll('-', ''),
  (text) => `{${text}}`,
);

export const examples = [
  example(
    'uuid',
    fc.tuple(uuid, form).map(([text, of]) => of(text)),
  ),
];
