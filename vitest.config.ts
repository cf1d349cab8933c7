import { defineConfig } from 'vitest/config'

/** Files that take seconds: whole corpora, real processes, the packed tarball. `npm run test:fast` leaves them out. */
const SLOW = [
  'test/adapters/corpus.test.ts',
  'test/adapters/official-clients.test.ts',
  'test/capture/endless-stream.test.ts',
  'test/delivery/pipeline.test.ts',
  'test/deploy/grafana.test.ts',
  'test/interpret/terminal-events.test.ts',
  'test/package/bundle.test.ts',
  'test/privacy/bounds.test.ts',
  'test/privacy/samples.test.ts',
  'test/server/aborts.test.ts',
  'test/server/bad-input.test.ts',
  'test/server/byte-identity.test.ts',
  'test/server/compressed-responses.test.ts',
  'test/server/compression-package.test.ts',
  'test/server/corpus.test.ts',
  'test/sinks/file-sink.test.ts',
  'test/sinks/otel-faults.test.ts',
  'test/sinks/otel-process.test.ts',
  'test/sinks/standard-output.test.ts',
  'test/tokens/bpe-counter.test.ts',
  'test/tracker/canary.test.ts',
  'test/tracker/process-end.test.ts',
  'test/wire/corpus.test.ts',
  'test/wire/fuzz.test.ts',
]

const shared = { pool: 'forks' as const, testTimeout: 120_000, hookTimeout: 120_000 }

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
