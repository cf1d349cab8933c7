import type { Entity } from './entities.ts'
import type { Recogniser } from './recognisers/matching.ts'

/** A piece of a text around a line break, written as if the value that the break splits went on. */
interface Joint {
  readonly text: string
  /** Where the two lines meet in it. */
  readonly at: number
  /** Positions of the piece before the break, and behind it, count from here. */
  readonly start: number
  readonly shift: number
}

/** Breaks inside what may be an address, a long number or a key. */
const BREAKS = [
  { pattern: /\n(?<=@[\w.-]{0,60}=?\n)[ \t>|]{0,8}(?=[\w.-])/y, gap: '' },
  { pattern: /\n(?<=[\w.+-]=?\n)[ \t>|]{0,8}(?=\w[\w.+-]{0,40}@[\w-])/y, gap: '' },
  { pattern: /\n(?<=[A-Z\d ][\d ]{2}\d\n)[ \t>|]{0,8}(?=\d[\d .-]{2})/y, gap: ' ' },
  { pattern: /\n(?<=(?:\d[\d .]{2}[ .-]|[A-Za-z:]["'` ]{1,3}\d{4,12})\n)[ \t>|]{0,8}(?=\d[\d .-]{2})/y, gap: '' },
  {
    pattern:
      /\n(?<=(?:sk-|gh[opusr]_|github_pat_|AKIA|AIza|xox[bp]-|glpat-|npm_|hf_|eyJ)[\w.-]{0,120}\n)[ \t>|]{0,8}(?=[\w.-]{0,60}\d[\w.-]{0,120}["'`]?[ \t]{0,8}(?:\n|$))/y,
    gap: '',
  },
] as const
/** Lines of prose and programs mostly end with something else. */
const MAY_GO_ON = /[\w.+@= -]/
/** How much of a value may stand before a break, and behind it. */
const REACH = 160
/** Nobody's text splits more values; each takes as long as a short text. */
const MAX_JOINTS = 200

/** Entities that are looked for across breaks. */
export const SPLIT_ENTITIES: readonly string[] = [
  'EMAIL',
  'CREDIT_CARD',
  'IBAN',
  'SSN',
  'SECRET',
  'PHONE',
] satisfies Entity[]

/** Reports what `find` recognises across a line break. */
export function findAcross(
  joints: readonly Joint[],
  find: Recogniser,
  onRange: (start: number, end: number) => void,
): void {
  for (const { text, at, start, shift } of joints) {
    find(text, (from, to) => {
      if (from < at && to > at) onRange(start + from, start + shift + to)
    })
  }
}

export function readJoints(text: string): readonly Joint[] {
  const joints: Joint[] = []
  for (let at = text.indexOf('\n'); at !== -1 && joints.length < MAX_JOINTS; at = text.indexOf('\n', at + 1)) {
    if (!MAY_GO_ON.test(text.charAt(at - 1))) continue
    for (const { pattern, gap } of BREAKS) {
      pattern.lastIndex = at
      if (pattern.test(text)) joints.push(toJoint(text, at, pattern.lastIndex, gap))
    }
  }
  return joints
}

function toJoint(text: string, at: number, next: number, gap: string): Joint {
  const start = Math.max(0, at - REACH, text.lastIndexOf('\n', at - 1) + 1)
  const end = text.indexOf('\n', next)
  const head = text.slice(start, at).replace(/=$/, '')
  const tail = text.slice(next, Math.min(end === -1 ? text.length : end, next + REACH))
  return { text: head + gap + tail, at: head.length, start, shift: next - start - head.length - gap.length }
}
