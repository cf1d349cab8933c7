/** Units of cost for each byte, by target or kind of work. */
const LIMITS: Readonly<Record<string, number>> = {
  request: 60,
  answer: 60,
  body: 60,
  // An error is thrown for each message that is no JSON.
  'body lines': 250,
  'body sse': 120,
  // In a thread of its own.
  count: 200,
  redact: 400,
}

export function limitOf(target: string): number {
  return LIMITS[target] ?? LIMITS[target.split(' ', 1)[0] ?? ''] ?? 0
}
