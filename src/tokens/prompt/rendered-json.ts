import type { WorkBudget } from '../../core/work-budget.ts'
import { TextWriter, type Rendered } from './text-writer.ts'

/** No schema is deeper. */
const MAX_DEPTH = 1_000

/** JSON without white space. Of a list, as many items as fit. */
export function renderJson(value: unknown, budget: WorkBudget): Rendered {
  const writer = new TextWriter(budget)
  if (!Array.isArray(value)) {
    const isWhole = writeJson(writer, value, 0)
    return { text: isWhole ? writer.text : '', truncated: !isWhole }
  }
  let before = 0
  for (const item of value as readonly unknown[]) {
    if (before > 0) writer.write(',')
    if (!writeJson(writer, item, 0)) {
      writer.cutTo(before)
      return { text: `[${writer.text}]`, truncated: true }
    }
    before = writer.pieces
  }
  return { text: `[${writer.text}]`, truncated: false }
}

/**
 * As JSON.stringify, which would first write megabytes to be thrown away. False when the value is not written whole: it
 * is too long, cyclic or nested too deep, or nothing that JSON has.
 */
function writeJson(writer: TextWriter, value: unknown, depth: number): boolean {
  if (!writer.step()) return false
  switch (typeof value) {
    case 'string':
      if (writer.hasRoomFor(value.length)) writer.write(JSON.stringify(value))
      return !writer.isFull
    case 'number':
    case 'boolean':
      writer.write(JSON.stringify(value))
      return !writer.isFull
    case 'object':
      if (value === null) writer.write('null')
      else if (depth >= MAX_DEPTH) return false
      else return Array.isArray(value) ? writeItems(writer, value, depth) : writeMembers(writer, value, depth)
      return !writer.isFull
    default:
      return false
  }
}

function writeItems(writer: TextWriter, items: readonly unknown[], depth: number): boolean {
  let separator = '['
  for (const item of items) {
    writer.write(separator)
    separator = ','
    if (!writeJson(writer, item, depth + 1)) return false
  }
  writer.write(items.length === 0 ? '[]' : ']')
  return !writer.isFull
}

function writeMembers(writer: TextWriter, members: object, depth: number): boolean {
  let separator = '{'
  for (const [key, member] of Object.entries(members)) {
    if (member === undefined) continue
    if (!writer.hasRoomFor(key.length)) return false
    writer.write(`${separator}${JSON.stringify(key)}:`)
    separator = ','
    if (!writeJson(writer, member, depth + 1)) return false
  }
  writer.write(separator === '{' ? '{}' : '}')
  return !writer.isFull
}
