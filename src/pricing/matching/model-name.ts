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

/** A model under all the names that a price may be given for it, the full one first. */
export function modelNames(model: string): string[] {
  if (model.length > MAX_MODEL_LENGTH) return []
  const resource = model.lastIndexOf('models/')
  return resource >= 0 ? [model, model.slice(resource + 'models/'.length)] : [model]
}
