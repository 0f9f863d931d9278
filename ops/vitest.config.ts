import { tests } from '../vitest.shared.ts';

export default tests({ seconds: 120, postgres: true, wait: true });
