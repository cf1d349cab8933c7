import { defineConfig } from 'vitest/config'

/** Files that take seconds: whole corpora, real processes, the packed tarball. `npm run test:fast` leaves them out. */
const SLOW: string[] = []

const shared = { pool: 'forks' as const, testTimeout: 30_000, hookTimeout: 120_000 }

export default defineConfig({
  test: {
    globalSetup: ['test/setup/build-package.ts'],
    projects: [
      { test: { ...shared, name: 'fast', include: ['test/**/*.test.ts'], exclude: SLOW } },
      { test: { ...shared, name: 'slow', include: SLOW } },
    ],
    coverage: {
      include: ['src/**'],
      reporter: ['text-summary'],
      thresholds: { lines: 90, branches: 85, functions: 90 },
    },
  },
})
