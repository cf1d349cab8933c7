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
  readonly entities: readonly string[]
}

/** Breaks inside what may be an address, a long number or a key: what to look for, and what joins the lines. */
const BREAKS: readonly { readonly pattern: RegExp; readonly gap: string; readonly entities: readonly Entity[] }[] = [
  { pattern: /\n(?<=@[\w.-]{0,60}=?\n)[ \t>|]{0,8}(?=[\w.-])/y, gap: '', entities: ['EMAIL'] },
  { pattern: /\n(?<=[\w.+-]=?\n)[ \t>|]{0,8}(?=\w[\w.+-]{0,40}@[\w-])/y, gap: '', entities: ['EMAIL'] },
  {
    pattern: /\n(?<=[A-Z\d ][\d ]{2}\d\n)[ \t>|]{0,8}(?=\d[\d .-]{2})/y,
    gap: ' ',
    entities: ['CREDIT_CARD', 'IBAN', 'PHONE'],
  },
  {
    pattern: /\n(?<=(?:\d[\d .]{2}[ .-]|[A-Za-z:]["'` ]{1,3}\d{4,12})\n)[ \t>|]{0,8}(?=\d[\d .-]{2})/y,
    gap: '',
    entities: ['CREDIT_CARD', 'IBAN', 'SSN', 'PHONE'],
  },
  {
    pattern:
      /\n(?<=(?:sk-|gh[opusr]_|github_pat_|AKIA|AIza|xox[bp]-|glpat-|npm_|hf_|eyJ)[\w.-]{0,120}\n)[ \t>|]{0,8}(?=[\w.-]{0,60}\d[\w.-]{0,120}["'`]?[ \t]{0,8}(?:\n|$))/y,
    gap: '',
    entities: ['SECRET'],
  },
]
/** Lines of prose and programs mostly end with something else. */
const MAY_GO_ON = /[\w.+@= -]/
/** How much of a value may stand before a break, and behind it. */
const REACH = 160
/** Nobody's text splits more values; each takes as long as a short text. */
const MAX_JOINTS = 200

/** Reports what the recogniser of an entity finds across a line break. */
export function findAcross(
  joints: readonly Joint[],
  entity: string,
  find: Recogniser,
  onRange: (start: number, end: number) => void,
): void {
  for (const { text, at, start, shift, entities } of joints) {
    if (!entities.includes(entity)) continue
    find(text, (from, to) => {
      if (from < at && to > at) onRange(start + from, start + shift + to)
    })
  }
}

export function readJoints(text: string): readonly Joint[] {
  const joints: Joint[] = []
  for (let at = text.indexOf('\n'); at !== -1 && joints.length < MAX_JOINTS; at = text.indexOf('\n', at + 1)) {
    if (!MAY_GO_ON.test(text.charAt(at - 1))) continue
    for (const { pattern, gap, entities } of BREAKS) {
      pattern.lastIndex = at
      if (pattern.test(text)) joints.push({ ...toJoint(text, at, pattern.lastIndex, gap), entities })
    }
  }
  return joints
}

function toJoint(text: string, at: number, next: number, gap: string): Omit<Joint, 'entities'> {
  const start = Math.max(0, at - REACH, text.lastIndexOf('\n', at - 1) + 1)
  const end = text.indexOf('\n', next)
  const head = text.slice(start, at).replace(/=$/, '')
  const tail = text.slice(next, Math.min(end === -1 ? text.length : end, next + REACH))
  return { text: head + gap + tail, at: head.length, start, shift: next - start - head.length - gap.length }
}
