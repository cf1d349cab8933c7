import type { PatternNode } from './pattern-syntax.ts'
import { isWord, parseRegex } from './pattern-syntax.ts'

/** Matches in time proportional to the name, whatever the pattern. */
export interface LinearPattern {
  /** The text that every match starts with: an index key that spares running patterns which cannot match. */
  readonly prefix: string
  /** `name` is in lower case. */
  matches(name: string): boolean
}

type State =
  | { readonly kind: 'consume'; readonly test: (code: number) => boolean; readonly next: number }
  | { readonly kind: 'split'; next: number; other: number }
  | { readonly kind: 'edge'; readonly edge: 'start' | 'end' | 'word' | 'no-word'; readonly next: number }
  | { readonly kind: 'ahead'; readonly start: number; readonly expected: boolean; readonly next: number }
  | { readonly kind: 'accept' }

const MAX_STATES = 500
/** Repeating something empty makes no state but takes a step. */
const MAX_STEPS = 5_000

/**
 * A regular expression that matches from the start of a name. All alternatives advance together, one character at a
 * time, so the time is at most states times characters: `(a+)+$` backtracks nowhere. V8's own engine gives no such
 * bound, and a check for "nested quantifiers" misses others like `(a|aa)+$`.
 * @throws Error when it is not supported, or too large to be matched at a bounded cost.
 */
export function compileRegex(source: string): LinearPattern {
  const pattern = parseRegex(source)
  compile(pattern)
  // Compiled again when first used: thousands of programs that are never run would only fill the heap.
  let program: Program | null = null
  return {
    prefix: literalPrefix(pattern),
    matches(name) {
      program ??= compile(parseRegex(source))
      return run(program.states, program.start, name, 0, new Map())
    },
  }
}

interface Program {
  readonly states: readonly State[]
  readonly start: number
}

function compile(pattern: PatternNode): Program {
  const states: State[] = []
  let steps = 0

  function push(state: State): number {
    if (states.length >= MAX_STATES) throw new Error(`the pattern is too large: expected at most ${MAX_STATES} states`)
    return states.push(state) - 1
  }

  function add(node: PatternNode, next: number): number {
    if (++steps > MAX_STEPS) throw new Error('the pattern is too large: it repeats repetitions')
    switch (node.kind) {
      case 'text':
        return addText(node.text, next)
      case 'class':
        return push({ kind: 'consume', test: node.test, next })
      case 'edge':
        return push({ kind: 'edge', edge: node.edge, next })
      case 'ahead':
        return push({
          kind: 'ahead',
          start: add(node.node, push({ kind: 'accept' })),
          expected: node.expected,
          next,
        })
      case 'sequence':
        return node.nodes.reduceRight((following, part) => add(part, following), next)
      case 'choice':
        return node.nodes
          .map((option) => add(option, next))
          .reduceRight((other, start) => push({ kind: 'split', next: start, other }))
      default:
        return addRepeat(node.node, node.min, node.max, next)
    }
  }

  function addText(text: string, next: number): number {
    let following = next
    for (let index = text.length - 1; index >= 0; index--) {
      const code = text.charCodeAt(index)
      following = push({ kind: 'consume', test: (candidate) => candidate === code, next: following })
    }
    return following
  }

  function addRepeat(node: PatternNode, min: number, max: number, next: number): number {
    let start = next
    if (max === Infinity) {
      const loop: State = { kind: 'split', next: 0, other: next }
      start = push(loop)
      loop.next = add(node, start)
    } else {
      for (let count = min; count < max; count++) {
        start = push({ kind: 'split', next: add(node, start), other: next })
      }
    }
    for (let count = 0; count < min; count++) start = add(node, start)
    return start
  }

  return { start: add(pattern, push({ kind: 'accept' })), states }
}

/** A `*` pattern: the star stands for any text, and the whole name must match. */
export function compileGlob(glob: string): LinearPattern {
  const text = glob.toLowerCase()
  const firstStar = text.indexOf('*')
  const lastStar = text.lastIndexOf('*')
  const prefix = text.slice(0, firstStar)
  const suffix = text.slice(lastStar + 1)
  return {
    prefix,
    matches(name) {
      const end = name.length - suffix.length
      let position = prefix.length
      if (position > end || !name.startsWith(prefix) || !name.endsWith(suffix)) return false
      // The earliest place for each part leaves the most room for the next, so nothing has to be tried twice.
      for (const part of text.slice(firstStar + 1, lastStar).split('*')) {
        const found = name.indexOf(part, position)
        if (found < 0 || found + part.length > end) return false
        position = found + part.length
      }
      return true
    },
  }
}

/** `seen` remembers lookaheads by state and position: each is answered once, so nesting them multiplies nothing. */
function run(states: readonly State[], start: number, name: string, from: number, seen: Map<number, boolean>): boolean {
  let current: number[] = []
  const reached = new Int32Array(states.length).fill(-1)

  function lookAhead(index: number, target: number, position: number): boolean {
    const key = index * (name.length + 1) + position
    const known = seen.get(key)
    if (known !== undefined) return known
    const found = run(states, target, name, position, seen)
    seen.set(key, found)
    return found
  }

  /** Follows everything that consumes nothing. True when the pattern is complete. */
  function reach(first: number, position: number, into: number[]): boolean {
    const pending = [first]
    for (let index = pending.pop(); index !== undefined; index = pending.pop()) {
      if (reached[index] === position) continue
      reached[index] = position
      const state = states[index]!
      if (state.kind === 'accept') return true
      if (state.kind === 'consume') into.push(index)
      else if (state.kind === 'split') pending.push(state.other, state.next)
      else if (state.kind === 'edge') {
        if (isAtEdge(state.edge, name, position)) pending.push(state.next)
      } else if (lookAhead(index, state.start, position) === state.expected) pending.push(state.next)
    }
    return false
  }

  if (reach(start, from, current)) return true
  for (let position = from; position < name.length && current.length > 0; position++) {
    const code = name.charCodeAt(position)
    const following: number[] = []
    for (const index of current) {
      const state = states[index]!
      if (state.kind === 'consume' && state.test(code) && reach(state.next, position + 1, following)) return true
    }
    current = following
  }
  return false
}

function isAtEdge(edge: 'start' | 'end' | 'word' | 'no-word', name: string, position: number): boolean {
  if (edge === 'start') return position === 0
  if (edge === 'end') return position === name.length
  const before = position > 0 && isWord(name.charCodeAt(position - 1))
  const after = position < name.length && isWord(name.charCodeAt(position))
  return (before !== after) === (edge === 'word')
}

function literalPrefix(pattern: PatternNode): string {
  if (pattern.kind === 'text') return pattern.text
  if (pattern.kind !== 'sequence') return ''
  let prefix = ''
  for (const node of pattern.nodes) {
    if (node.kind === 'text') prefix += node.text
    else if (node.kind !== 'edge') break
  }
  return prefix
}
