/** Units of cost for each byte, by kind of work. */
const LIMITS: Readonly<Record<string, number>> = { request: 60, answer: 60, body: 60, count: 200, redact: 400 }

export function limitOf(target: string): number {
  return LIMITS[target.split(' ', 1)[0] ?? ''] ?? 0
}
