import { canonicalProvider } from '../../providers/provider-names.ts'

/** Longer names are no model's; the cap bounds what patterns run on and what caches keep. */
export const MAX_MODEL_LENGTH = 200

/** Name without case and separators: `GPT_4`, `gpt-4` and `gpt4` are one. `+` counts: command-r+ is not command-r. */
export function normaliseName(name: string): string {
  return name.toLowerCase().replace(/[\s._:/@\\-]+/g, '')
}

/** `gpt-4o-2024-08-06`, `claude-3-opus-20240229` and `claude-3-opus@20240229` without their date, else `null`. */
export function stripDate(name: string): string | null {
  const match = /^(.+)[-@](20\d{2})(-?)(\d{2})\3(\d{2})$/.exec(name)
  if (!match) return null
  const month = Number(match[4])
  const day = Number(match[5])
  return month >= 1 && month <= 12 && day >= 1 && day <= 31 ? match[1]! : null
}

/** A model under all the names that `provider` may give a price for it, the full one first. */
export function namesFor(model: string, provider: string | null): string[] {
  if (model.length > MAX_MODEL_LENGTH) return []
  const names = [model]
  const resource = model.lastIndexOf('models/')
  if (resource >= 0) names.push(model.slice(resource + 'models/'.length))
  const slash = model.indexOf('/')
  if (slash > 0 && canonicalProvider(model.slice(0, slash)) === provider) names.push(model.slice(slash + 1))
  return names
}
