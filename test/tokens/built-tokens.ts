import { mkdir, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { build } from 'tsdown'

export interface BuiltTokens {
  readonly worker: URL
  /** The same estimator as an ES module and as CommonJS, each beside the worker file. */
  readonly estimatorModule: URL
  readonly estimatorCommonJs: URL
  remove(): Promise<void>
}

/** Builds estimator and worker as the package does: Node cannot start a worker from TypeScript. */
export async function buildTokens(name: string): Promise<BuiltTokens> {
  // Inside the package, so that dependencies are found.
  const folder = new URL(`../../node_modules/.cache/token-usage-tracker/${name}/`, import.meta.url)
  await mkdir(folder, { recursive: true })
  const cwd = fileURLToPath(new URL('../../', import.meta.url))
  const shared = { config: false, logLevel: 'silent', cwd, outDir: fileURLToPath(folder), platform: 'node' } as const
  const output = { fixedExtension: false, dts: false } as const
  await build({
    ...shared,
    ...output,
    entry: { 'token-estimator': 'src/tokens/token-estimator.ts' },
    format: ['esm', 'cjs'],
  })
  await build({
    ...shared,
    ...output,
    entry: { 'counter-worker': 'src/tokens/worker/counter-worker.ts' },
    format: 'cjs',
    clean: false,
  })
  await writeFile(new URL('package.json', folder), '{ "type": "module" }\n')
  return {
    worker: new URL('counter-worker.cjs', folder),
    estimatorModule: new URL('token-estimator.js', folder),
    estimatorCommonJs: new URL('token-estimator.cjs', folder),
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
