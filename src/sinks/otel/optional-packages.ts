import { TokenTrackerError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'

/** The lines of versions that fit the SDK, of which npm takes the one for the Node in use. */
const VERSIONS = '^0.223.0 || ^0.301.0'

/** Loads one of `packages`, which not every installation has; the error names the command that brings them all. */
export async function loadOptional<Loaded>(packages: readonly string[], load: () => Promise<Loaded>): Promise<Loaded> {
  try {
    return await load()
  } catch (error) {
    if (!isNotFound(error)) throw error
    const names = packages.map((name) => `'${name}@${VERSIONS}'`).join(' ')
    throw new TokenTrackerError(
      'TT_ERR_SINK',
      `expected ${packages.join(' and ')} to be installed, found it missing; mend it with: npm install ${names}`,
      { cause: error },
    )
  }
}

function isNotFound(error: unknown): boolean {
  return isObject(error) && (error['code'] === 'ERR_MODULE_NOT_FOUND' || error['code'] === 'MODULE_NOT_FOUND')
}
