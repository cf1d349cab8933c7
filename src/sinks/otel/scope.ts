import { readPackageVersion } from '../../core/package-version.ts'

/** Instrumentation scope of everything this library records. */
export interface InstrumentationScope {
  readonly name: string
  readonly version?: string
}

export function createScope(): InstrumentationScope {
  const version = readPackageVersion()
  return { name: 'token-usage-tracker', ...(version !== null && { version }) }
}
