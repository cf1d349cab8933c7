import { createBoundedMap } from '../core/bounded-map.ts'
import { findAcross, readJoints } from './line-breaks.ts'
import { RECOGNISERS, type Entity } from './entities.ts'
import { readEscapes } from './escapes.ts'
import { findKnownValue, KNOWN_LABELS, type KnownIdentity } from './recognisers/known-identity.ts'
import type { Recogniser } from './recognisers/matching.ts'

/** A recogniser and the word that replaces, in brackets, what it finds. */
export interface LabelledRecogniser {
  readonly label: string
  readonly find: Recogniser
}

interface Finding {
  readonly start: number
  end: number
  label: string
  /** Length of the longest single range in it, which names a union of overlapping ones. */
  longest: number
}

const KNOWN_FIELDS = Object.keys(KNOWN_LABELS) as (keyof KnownIdentity)[]

/** A replacement can bring a neighbour into the open, as in `a@b.com1.2.3.4`. Each round reads the whole text. */
const MAX_ROUNDS = 5

/** The recognisers of the entities, without what `allow` exempts: whole values, or domains of e-mail addresses. */
export function toRecognisers(entities: readonly Entity[], allow: readonly string[]): LabelledRecogniser[] {
  const allowed = new Set(allow.map((entry) => entry.trim().toLowerCase().replace(/^@/, '')))
  return entities.map((entity) => ({
    label: entity,
    find: allowed.size === 0 ? RECOGNISERS[entity] : exempting(RECOGNISERS[entity], allowed),
  }))
}

/** Recognisers for the values that are known of a request. Users come again, so those of the last values are kept. */
export function createKnownRecognisers(): (identities: readonly KnownIdentity[]) => readonly LabelledRecogniser[] {
  const kept = createBoundedMap<string, Recogniser | null>(MAX_KEPT_VALUES)
  const findKept = (value: string) => kept.getOrMake(value, findKnownValue)
  return (identities) => {
    const recognisers = new Map<string, LabelledRecogniser>()
    for (const known of identities) {
      for (const field of KNOWN_FIELDS) {
        const value = known[field]
        if (typeof value !== 'string' || recognisers.has(value)) continue
        const find = value.length > MAX_KEPT_LENGTH ? findKnownValue(value) : findKept(value)
        if (find) recognisers.set(value, { label: KNOWN_LABELS[field], find })
      }
    }
    return recognisers.size === 0 ? NOBODY : [...recognisers.values()]
  }
}

const NOBODY: readonly LabelledRecogniser[] = []
const MAX_KEPT_VALUES = 500
const MAX_KEPT_LENGTH = 128

/** Redaction by a fixed list of recognisers, and by those of the values that are known of one request. */
export interface Redaction {
  redact(text: string, known: readonly LabelledRecogniser[]): string
  readonly finds: (label: string) => boolean
}

/** Most texts of an event are names and paths that come again: those in which nothing is found are kept. */
export function createRedaction(fixed: readonly LabelledRecogniser[]): Redaction {
  const clean = createBoundedMap<string, boolean>(MAX_KEPT_TEXTS)
  const isCleanNow = (text: string) => collect(text, fixed).length === 0
  const isClean = (text: string) =>
    text.length > MAX_KEPT_LENGTH ? isCleanNow(text) : clean.getOrMake(text, isCleanNow)
  return {
    redact(text, known) {
      const isUntouched = isClean(text) && (known.length === 0 || collect(text, known).length === 0)
      return isUntouched ? text : redact(text, [...fixed, ...known])
    },
    finds: (label) => fixed.some((recogniser) => recogniser.label === label),
  }
}

const MAX_KEPT_TEXTS = 2_000

/**
 * Replaces all that the recognisers find by `[LABEL]`. Applied to its own result it changes nothing, but for chains of
 * more than five values without anything between them.
 */
function redact(text: string, recognisers: readonly LabelledRecogniser[]): string {
  let redacted = text
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const findings = collect(redacted, recognisers)
    if (findings.length === 0) break
    const next = replace(redacted, findings)
    if (next === redacted) break
    redacted = next
  }
  return redacted
}

function collect(text: string, recognisers: readonly LabelledRecogniser[]): Finding[] {
  const findings: Finding[] = []
  const split: Finding[] = []
  const unescaped = readEscapes(text)
  const readable = unescaped?.text ?? text
  const toOriginal = unescaped?.toOriginal ?? ((position: number) => position)
  const joints = readJoints(readable)
  for (const { label, find } of recognisers) {
    find(text, (start, end) => findings.push({ start, end, label, longest: end - start }))
    const toFinding = (start: number, end: number): Finding => {
      return { start: toOriginal(start), end: toOriginal(end), label, longest: end - start }
    }
    if (unescaped !== null) find(readable, (start, end) => findings.push(toFinding(start, end)))
    findAcross(joints, label, find, (start, end) => split.push(toFinding(start, end)))
  }
  findings.push(...split.filter((finding) => goesOn(finding, findings)))
  return findings.length > 1 ? unite(findings) : findings
}

/** What is whole on its line ends there: the next line begins with another word. Only check digits know better, and keys. */
function goesOn({ start, end, label }: Finding, whole: readonly Finding[]): boolean {
  return (
    !(label === 'EMAIL' || label === 'PHONE' || label === 'SSN') ||
    !whole.some((other) => other.start < end && other.end > start)
  )
}

/** Overlapping findings become one, named after its longest part. */
function unite(findings: Finding[]): Finding[] {
  findings.sort((a, b) => a.start - b.start)
  const united: Finding[] = []
  let last: Finding | undefined
  for (const finding of findings) {
    if (last === undefined || finding.start >= last.end) {
      united.push(finding)
      last = finding
      continue
    }
    if (finding.longest > last.longest) {
      last.label = finding.label
      last.longest = finding.longest
    }
    last.end = Math.max(last.end, finding.end)
  }
  return united
}

function replace(text: string, findings: readonly Finding[]): string {
  const parts: string[] = []
  let position = 0
  for (const { start, end, label } of findings) {
    parts.push(text.slice(position, start), '[', label, ']')
    position = end
  }
  parts.push(text.slice(position))
  return parts.join('')
}

function exempting(recognise: Recogniser, allowed: ReadonlySet<string>): Recogniser {
  return (text, onRange) =>
    recognise(text, (start, end) => {
      if (!isAllowed(text.slice(start, end).toLowerCase(), allowed)) onRange(start, end)
    })
}

/** A domain exempts the addresses at it and at the domains below it. */
function isAllowed(value: string, allowed: ReadonlySet<string>): boolean {
  if (allowed.has(value)) return true
  const at = value.lastIndexOf('@')
  if (at === -1) return false
  for (let domain = value.slice(at + 1); domain !== ''; domain = domain.slice(domain.indexOf('.') + 1)) {
    if (allowed.has(domain)) return true
    if (!domain.includes('.')) return false
  }
  return false
}
