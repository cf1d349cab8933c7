import { defineConfig } from 'tsdown'

const shared = { platform: 'node', target: 'node20.19', fixedExtension: false, dts: true } as const

export default defineConfig([
  {
    ...shared,
    format: ['esm', 'cjs'],
    entry: {
      cli: 'src/cli/main.ts',
      fastify: 'src/adapters/fastify.ts',
      fetch: 'src/adapters/fetch.ts',
      index: 'src/index.ts',
      testing: 'src/testing/verify-sink.ts',
      web: 'src/adapters/web.ts',
    },
  },
  {
    ...shared,
    // By itself, so that it shares no file with the rest: whoever copies it copies all of it.
    format: 'cjs',
    entry: { 'counter-worker': 'src/tokens/worker/counter-worker.ts' },
    clean: false,
  },
])
