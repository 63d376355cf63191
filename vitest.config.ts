import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: [
      'lib/**/*.test.ts',
      'trainer/**/*.test.ts',
      'prisma/**/*.test.ts',
      'app/**/*.test.ts',
      'scripts/**/*.test.ts',
    ],
    setupFiles: ['scripts/vitest-setup.ts'],
    pool: 'forks',
    maxWorkers: 2,
    // Two workers whose engines each wait with two spinning threads take many times as long on two cores.
    env: { WHETSTONE_THREADS: process.env.WHETSTONE_THREADS ?? '1' },
    testTimeout: 60_000,
    hookTimeout: 120_000,
  },
})
