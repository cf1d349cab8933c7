/**
 * Process-wide slots under `Symbol.for`, so that the ES module and the CommonJS build of one package, or two copies
 * of it, share what must be one. The version in the key separates incompatible shapes.
 */
const key = Symbol.for('token-tracker.v1')

type Slots = Map<string, unknown>

function slots(): Slots {
  const holder = globalThis as { [key]?: Slots }
  return (holder[key] ??= new Map())
}

export function getShared<T>(name: string, create: () => T): T {
  const all = slots()
  if (!all.has(name)) all.set(name, create())
  return all.get(name) as T
}
