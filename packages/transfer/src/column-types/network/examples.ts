import fc from 'fast-check';
import { example } from '../examples.ts';

const addresses = [
  '10.0.0.1',
  '0.0.0.0',
  '255.255.255.255',
  '::',
  '::1',
  '2001:DB8::1',
  'fe80:0:0:0:1:2:3:4',
  '::ffff:1.2.3.4',
  '1:2::',
];

export const examples = [
  example('inet', fc.constantFrom(...addresses, '192.168.1.5/24', '2001:db8::5/64', '10.0.0.1/32')),
  example('cidr', fc.constantFrom(...addresses, '10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::/0')),
];
