import { TokenTrackerError, toErrorMessage } from '../core/errors.ts'
import { readPricingFileJson } from '../pricing/book/pricing-file.ts'

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
