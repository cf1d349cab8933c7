import { createRequire } from 'node:module'
import { readObject, readString } from './json.ts'

/** Version of this package, `null` where its manifest cannot be found (a bundle). */
export function readPackageVersion(): string | null {
  try {
    // Asked for by its own name, which leads to the manifest from the sources and from the build alike.
    const manifest: unknown = createRequire(import.meta.url)('token-usage-tracker/package.json')
    return readString(readObject(manifest)['version'])
  } catch {
    return null
  }
}
