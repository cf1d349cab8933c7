import { TokenTrackerError, toErrorMessage } from '../../core/errors.ts'
import { readPriceTable, type PriceTableReading } from '../../pricing/book/price-table.ts'
import { readPricingFileJson } from '../../pricing/book/pricing-file.ts'

export interface PriceList extends Pick<PriceTableReading, 'ignored'> {
  readonly providers: number
  /** Names and patterns. */
  readonly entries: number
}

/** @throws TokenTrackerError with every fault, and its place in the file `name`. */
export function readPriceList(json: unknown, name: string): PriceList {
  const { table, issues, ignored } = readPriceTable(json, 'file', name)
  if (issues.length > 0) {
    const faults = issues.map((issue) => `  ${issue.name}: ${issue.problem}`)
    throw new TokenTrackerError('TT_ERR_PRICING', `these prices cannot be used:\n${faults.join('\n')}`)
  }
  const entries = [...table.providers.values()].reduce((sum, models) => sum + models.size, 0)
  return { providers: table.providers.size, entries, ignored }
}

/** @throws TokenTrackerError that names the file: it cannot be read, is no UTF-8, no JSON (with the place), too large. */
export async function readJsonFile(file: string): Promise<unknown> {
  try {
    return await readPricingFileJson(file)
  } catch (error) {
    throw new TokenTrackerError('TT_ERR_INVALID_ARGUMENT', `cannot read ${file}: ${toErrorMessage(error)}`, {
      cause: error,
    })
  }
}
