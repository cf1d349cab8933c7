import { defineConfig } from 'vitest/config'

/** Measurements that take too long for the test run: `npm run bench:tokens`, `bench:wire`, `bench:collector`. */
export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['bench/tokens.bench.ts'],
    benchmark: { include: ['bench/wire-*.bench.ts', 'bench/collector-*.bench.ts'] },
    testTimeout: 300_000,
    hookTimeout: 120_000,
    pool: 'forks',
    execArgv: ['--expose-gc'],
    fileParallelism: false,
    disableConsoleIntercept: true,
  },
})
