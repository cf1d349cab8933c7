/** Warns once of each configured price that says nothing of a tier at which calls are served. */
export interface UntoldTiers {
  add(pricedBy: string, serviceTier: string | null): void
}

/** Tiers come from answers, so their names are many only where somebody plays. */
const MAX_WARNINGS = 100
const MAX_NAME_LENGTH = 40

export function createUntoldTiers(onWarning: (message: string) => void): UntoldTiers {
  const told = new Set<string>()
  return {
    add(pricedBy, serviceTier) {
      const tier = (serviceTier ?? '').slice(0, MAX_NAME_LENGTH)
      const key = `${pricedBy} ${tier}`
      if (told.has(key) || told.size >= MAX_WARNINGS) return
      told.add(key)
      onWarning(
        `${pricedBy} has no price for service tier "${tier}": such calls are charged at its standard price. ` +
          'Add the tier under "service_tiers" of that price',
      )
    },
  }
}
