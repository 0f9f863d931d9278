import { tests } from '../../vitest.shared.ts';

export default tests({ seconds: 30 });
