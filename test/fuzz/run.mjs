import { rm } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { build } from 'tsdown'

// Searches for requests and answers whose cost for each byte is out of line: `npm run fuzz -- --minutes 10`.
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    'max-bytes': { type: 'string', default: '65536' },
    only: { type: 'string', default: '' },
    show: { type: 'boolean', default: false },
  },
})

// Node 20 runs no TypeScript. Inside the package, so that dependencies are found.
const folder = new URL('../../node_modules/.cache/token-usage-tracker/fuzz/', import.meta.url)
await build({
  config: false,
  logLevel: 'silent',
  entry: { search: 'test/fuzz/search.ts' },
  outDir: folder.pathname,
  format: 'esm',
  platform: 'node',
  dts: false,
  fixedExtension: true,
})
const { search } = await import(new URL('search.mjs', folder).href)
process.exitCode = await search({
  seed: Number(values.seed),
  milliseconds: Number(values.minutes) * 60_000,
  maxBytes: Number(values['max-bytes']),
  only: values.only,
  show: values.show,
})
await rm(folder, { recursive: true, force: true })
