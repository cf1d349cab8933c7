import { existsSync, readFileSync } from 'node:fs'
import { builtinModules } from 'node:module'
import path from 'node:path'
import { esmExternalRequirePlugin } from 'rolldown/plugins'
import { defineConfig, type Rolldown } from 'tsdown'

/**
 * Built in. What a host brings of OpenTelemetry's SDK, of either line, then never meets ours, and a part that is not used
 * is not loaded. `@opentelemetry/api` stays outside: it is where the host's SDK is found.
 */
const BUNDLED = [/^@opentelemetry\/(?!api$)/, 'zod']

/** Text that has but Latin letters takes half the memory, and half the time to compile. */
const asciiOnly: Rolldown.Plugin = {
  name: 'ascii-only',
  generateBundle(_, bundle) {
    for (const file of Object.values(bundle)) {
      if (file.type !== 'chunk' || !/\.c?js$/.test(file.fileName)) continue
      file.code = file.code.replaceAll(
        /[^\x00-\x7f]/g,
        (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
      )
    }
  },
}

/** The licences of what is built in, as they ask for. */
const licences: Rolldown.Plugin = {
  name: 'licences',
  generateBundle(_, bundle) {
    const modules = Object.values(bundle).flatMap((file) => (file.type === 'chunk' ? file.moduleIds : []))
    const folders = new Set(modules.map((id) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? ''))
    const namesByText = new Map<string, Set<string>>()
    for (const folder of [...folders].toSorted()) {
      if (!existsSync(path.join(folder, 'LICENSE'))) continue
      const text = readFileSync(path.join(folder, 'LICENSE'), 'utf8')
      namesByText.set(text, (namesByText.get(text) ?? new Set()).add(folder.split('node_modules/').at(-1) ?? ''))
    }
    const source = [...namesByText].map(([text, names]) => `${[...names].join(', ')}\n\n${text}`).join('\n\n')
    this.emitFile({ type: 'asset', fileName: 'licences.txt', source })
  },
}

const shared = { platform: 'node', target: 'node20.19', fixedExtension: false, dts: true } as const

export default defineConfig([
  {
    ...shared,
    format: ['esm', 'cjs'],
    deps: { onlyBundle: BUNDLED },
    // Of this one the CommonJS build takes names that the bundler gives to its own functions.
    alias: {
      '@opentelemetry/semantic-conventions': path.resolve(
        'node_modules/@opentelemetry/semantic-conventions/dist/index.mjs',
      ),
    },
    // Plain imports of what stays outside, which a bundler of the host's can follow.
    outputOptions: { comments: false },
    plugins: [
      asciiOnly,
      licences,
      esmExternalRequirePlugin({ external: [/^node:/, ...builtinModules, /^@grpc\//, '@opentelemetry/api'] }),
    ],
    entry: {
      cli: 'src/cli/main.ts',
      fastify: 'src/adapters/fastify.ts',
      fetch: 'src/adapters/fetch.ts',
      hono: 'src/adapters/hono.ts',
      index: 'src/index.ts',
      koa: 'src/adapters/koa.ts',
      metrics: 'src/adapters/metrics.ts',
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
