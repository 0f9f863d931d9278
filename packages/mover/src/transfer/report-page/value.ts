import { type Html, html, nameCharacter } from './html.ts';

/** Characters of a value that the page shows at the most; the JSON report has it in full. */
export const MAX_SHOWN = 240;

/** Texts up to this length are kept on one line, so that names do not break inside a word. */
const MAX_UNBROKEN = 28;

/** Characters that stay in sight before the place where two values part. */
const LEAD = 60;

/** What a reader cannot tell from nothing, or from a plain space. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]|(?! )\p{Zs}/gu;

type Shown = string | null | undefined;

/** From the first index up to, not including, the second. */
type Range = readonly [number, number];

const NOTHING: Range = [0, 0];

/**
 * A name or a value from one of the databases, as it is: spaces kept, characters that cannot be seen shown
 * by their codes and set apart from text that merely looks like a code.
 */
export function showValue(value: Shown): Html {
  return show(value, 0, NOTHING);
}

/** Two values with what differs marked in both; long ones from shortly before the place where they part. */
export function showBoth(a: Shown, b: Shown): readonly [Html, Html] {
  if (typeof a !== 'string' || typeof b !== 'string') return [showValue(a), showValue(b)];
  const start = commonStart(a, b);
  const end = commonEnd(a, b, start);
  if (start + end === 0) return [showValue(a), showValue(b)];
  const from = Math.max(a.length, b.length) > MAX_SHOWN ? start - LEAD : 0;
  return [show(a, from, [start, a.length - end]), show(b, from, [start, b.length - end])];
}

function show(value: Shown, from: number, marked: Range): Html {
  if (value === null || value === undefined) return html`<span class="null">NULL</span>`;
  if (value === '') return html`<span class="null">empty text</span>`;
  const start = onCharacter(value, from);
  const end = onCharacter(value, start + MAX_SHOWN);
  const cut = ([first, last]: Range) => visible(value.slice(Math.max(first, start), Math.min(last, end)));
  const [before, after] = [onCharacter(value, marked[0]), afterCharacter(value, marked[1])];
  const text =
    marked === NOTHING
      ? cut([start, end])
      : html`${cut([start, before])}<mark>${cut([before, after])}</mark>${cut([after, end])}`;
  const whole = start === 0 && end === value.length;
  if (whole && value.length <= MAX_UNBROKEN) return html`<code class="unbroken">${text}</code>`;
  if (whole) return html`<code>${text}</code>`;
  return html`<code>${text}</code> <small>(characters ${start + 1} to ${end} of ${value.length})</small>`;
}

function commonStart(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length++;
  return length;
}

function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let length = 0;
  while (length < most && a[a.length - 1 - length] === b[b.length - 1 - length]) length++;
  return length;
}

/** The index, or the one before where it would cut a surrogate pair in two. */
function onCharacter(text: string, index: number): number {
  if (index <= 0) return 0;
  if (index >= text.length) return text.length;
  return splitsPair(text, index) ? index - 1 : index;
}

function afterCharacter(text: string, index: number): number {
  return splitsPair(text, index) ? index + 1 : index;
}

function splitsPair(text: string, index: number): boolean {
  return index > 0 && (text.codePointAt(index - 1) ?? 0) > 0xffff;
}

function visible(text: string): Html {
  const pieces: Html[] = [];
  let last = 0;
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    pieces.push(html`${text.slice(last, index)}<span class="code">${nameCharacter(character)}</span>`);
    last = index + character.length;
  }
  return html`${pieces}${text.slice(last)}`;
}
