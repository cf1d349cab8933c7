import { defineConfig } from 'vitest/config'

/** Measurements that take too long for the test run: `npx vitest run --config bench/vitest.config.ts`. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['bench/tokens.bench.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    execArgv: ['--expose-gc'],
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
