import fc from 'fast-check';
import { example } from '../examples.ts';

export const examples = [
  example(
    'xml',
    fc.constantFrom(
      '<a/>',
      '<a b="1" c=\'2\'>t &amp; &#228; <i>x</i></a>',
      'words',
      '<a/><b/>',
      '<!-- note --><a><![CDATA[<&]]></a>',
      '',
    ),
  ),
];
