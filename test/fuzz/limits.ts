/** Units of cost for each byte, by target or kind of work: four times what is found on a quiet machine. */
const LIMITS: Readonly<Record<string, number>> = {
  request: 120,
  answer: 120,
  body: 120,
  // An error is thrown for each message that is no JSON.
  'body lines': 400,
  // In a thread of its own.
  count: 200,
  redact: 400,
}

export function limitOf(target: string): number {
  return LIMITS[target] ?? LIMITS[target.split(' ', 1)[0] ?? ''] ?? 0
}
