import fc from 'fast-check';
import { example } from '../examples.ts';

const number = fc.double({ noNaN: true, noDefaultInfinity: true });
const shown = (value: number) => (Object.is(value, -0) ? '-0' : String(value));

export const examples = [
  example(
    'point',
    fc
      .tuple(number, number, fc.constantFrom('(x,y)', 'x, y', '( x , y )'))
      .map(([x, y, form]) => form.replace('x', shown(x)).replace('y', shown(y))),
  ),
];
