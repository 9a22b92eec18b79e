/** vitest's settings for the lab: one host, one scenario after the other, in the order of their names. */
import { defineConfig } from 'vitest/config'
import { BaseSequencer } from 'vitest/node'

class ByName extends BaseSequencer {
  override async sort(files: Parameters<BaseSequencer['sort']>[0]): Promise<typeof files> {
    return [...files].sort((a, b) => a.moduleId.localeCompare(b.moduleId))
  }
}

export default defineConfig({
  test: {
    root: new URL('../..', import.meta.url).pathname,
    include: ['test/lab/scenarios/*.ts'],
    globalSetup: ['test/lab/global-setup.ts'],
    sequence: { sequencer: ByName },
    fileParallelism: false,
    reporters: ['verbose'],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    teardownTimeout: 120_000,
  },
})
