import { InvalidArgumentError } from 'commander'

/** A number of tokens on the command line. */
export function readTokenCount(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('Expected a whole number from 0 up, such as 1000.')
}

export function readPositiveNumber(text: string): number {
  const value = /^\d{1,15}(?:\.\d{1,15})?$/.test(text) ? Number(text) : 0
  if (value > 0) return value
  throw new InvalidArgumentError('Expected a number above 0, such as 1000.')
}
