import { describe, expect, it } from 'vitest';
import { fakeWorkspace } from './fake-workspace.ts';

describe('npm test -- --changed', () => {
  it('has turbo look at what the branch changes, and at what depends on it', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/pnpm', 'echo 12.0.0');
    await workspace.program('node_modules/.bin/turbo', 'exit 130');
    await workspace.program('../bin/git', 'test "$3" = main && echo abc123');
    await workspace.run(['scripts/test.mjs', '--changed']);
    expect(await workspace.calls()).toContainEqual(
      expect.stringMatching(/^turbo .*--filter=\.\.\.\[abc123\] --filter=\/\/$/),
    );
  });

  it('says what to do where there is nothing to compare with', async () => {
    const workspace = await fakeWorkspace();
    await workspace.program('../bin/git', 'exit 128');
    expect(await workspace.run(['scripts/test.mjs', '--changed'])).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('there is no branch main to compare with. Leave --changed out.'),
    });
  });
});
