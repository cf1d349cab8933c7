import { ConfigurationError, toErrorMessage } from '../../core/errors.ts'
import type { PriceBook } from './price-book.ts'
import { createPriceBook } from './price-book.ts'
import type { PriceVariable } from './price-variables.ts'
import { readPricingFile, readPricingFileJson, readPricingFileVersion } from './pricing-file.ts'

/** The price book of the moment, made again when its file changes. */
export interface CurrentPriceBook {
  readonly book: PriceBook
  /** True when the file has not been looked at for a second. */
  isDue(): boolean
  /** Looks at the file and takes its new content. A bad one is reported once and keeps the old prices. Never rejects. */
  refresh(): Promise<void>
  shutdown(): void
}

export interface CurrentPriceBookOptions {
  readonly file: string | null
  readonly json: unknown
  readonly variables: readonly PriceVariable[]
  onFault(name: string, error: unknown): void
  onWarning(message: string): void
  now(): number
}

/** One `stat` a second at most, and none while nothing is priced: no timer, no watcher that a rename escapes. */
const CHECK_INTERVAL_MS = 1_000

/** @throws ConfigurationError */
export function createCurrentPriceBook(options: CurrentPriceBookOptions): CurrentPriceBook {
  const { file: path, onFault, onWarning, now } = options
  const first = path === null ? null : readFirst(path)
  let current = toBook(first?.json)
  let version = first?.version ?? ''
  let checkedAt = now()
  let checking: Promise<void> | null = null
  let isShutDown = false

  function toBook(json: unknown): PriceBook {
    const book = createPriceBook({ ...options, file: path === null ? null : { path, json } })
    if (book.ignored.length > 0) onWarning(toIgnoredWarning(book.ignored))
    return book
  }

  async function check(file: string): Promise<void> {
    const found = await readPricingFileVersion(file)
    if (found === version) return
    // Noted before it is read: a faulty version is tried, and reported, once.
    version = found
    try {
      const book = toBook(await readPricingFileJson(file))
      if (!isShutDown) current = book
    } catch (error) {
      onFault('pricing.file', toReloadError(file, error))
    }
  }

  return {
    get book() {
      return current
    },
    isDue: () => path !== null && !isShutDown && Math.abs(now() - checkedAt) >= CHECK_INTERVAL_MS,
    refresh() {
      if (path === null) return Promise.resolve()
      checkedAt = now()
      checking ??= check(path).finally(() => (checking = null))
      return checking
    },
    shutdown() {
      isShutDown = true
    },
  }
}

function readFirst(path: string): { json: unknown; version: string } {
  try {
    return readPricingFile(path)
  } catch (error) {
    const problem = `${toErrorMessage(error)}. Expected the path of a UTF-8 JSON file like pricing.example.json`
    throw new ConfigurationError([{ name: `TOKEN_TRACKER_PRICING_FILE ${path}`, problem }], { cause: error })
  }
}

function toReloadError(path: string, error: unknown): Error {
  const message = `the changed pricing file ${path} cannot be used, the old prices stay: ${toErrorMessage(error)}`
  return new Error(message, { cause: error })
}

function toIgnoredWarning(places: readonly string[]): string {
  return `pricing fields that mean nothing here were ignored, check their spelling: ${places.join(', ')}`
}
