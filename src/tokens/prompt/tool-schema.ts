import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { TextWriter } from './text-writer.ts'

const MAX_DEPTH = 16
/** Choices of one `enum` or `anyOf`. */
const MAX_CHOICES = 1_000

/** The schema of one function while it is written. */
interface Schema {
  readonly writer: TextWriter
  /** True where something was left out: choices, levels, what a `$ref` leads to. */
  isCut: boolean
}

/** Writes the parameters of one function as the members of a TypeScript type; true where anything was left out. */
export function writeParameters(writer: TextWriter, root: JsonObject): boolean {
  const schema = { writer, isCut: false }
  writeProperties(schema, root, 0)
  return schema.isCut
}

function writeProperties(schema: Schema, part: JsonObject, depth: number): void {
  const { writer } = schema
  const required = new Set(readArray(part['required']))
  for (const [name, property] of Object.entries(readObject(part['properties']))) {
    if (!writer.step()) return
    const description = readText(readObject(property)['description'])
    // Descriptions of deeper levels are not shown to the model.
    if (description !== null && depth < 2) writer.write(`// ${description}\n`)
    writer.write(`${name}${required.has(name) ? '' : '?'}: `)
    writeType(schema, property, depth)
    writer.write(',\n')
  }
}

function writeType(schema: Schema, value: unknown, depth: number): void {
  const { writer } = schema
  if (!isObject(value)) return writer.write('any')
  // References are not followed: a few of them could stand for any number of nodes.
  if (depth >= MAX_DEPTH || value['$ref'] !== undefined) {
    schema.isCut = true
    return writer.write('any')
  }
  const choices = readArray(value['anyOf'] ?? value['oneOf'])
  if (choices.length > 0) return writeAll(schema, choices, (choice) => writeType(schema, choice, depth + 1))
  const values = readArray(value['enum'])
  if (values.length > 0) return writeAll(schema, values, (item) => writer.write(toLiteral(item)))
  const type = value['type']
  const types = Array.isArray(type) ? type : [type]
  if (types.length > MAX_CHOICES) schema.isCut = true
  // Each type once, in whatever case it is written: a list that repeats one would write the same schema as often.
  const distinct = new Set(types.slice(0, MAX_CHOICES).map((item) => readText(item)?.toLowerCase()))
  writeAll(schema, [...distinct], (item) => writeNamedType(schema, value, item, depth))
}

function writeNamedType(schema: Schema, part: JsonObject, type: string | undefined, depth: number): void {
  const { writer } = schema
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return writer.write(type)
    case 'number':
    case 'integer':
      return writer.write('number')
    case 'array':
      writeType(schema, part['items'], depth + 1)
      return writer.write('[]')
    case 'object':
      writer.write('{\n')
      writeProperties(schema, part, depth + 1)
      return writer.write('}')
    default:
      return writer.write('any')
  }
}

function writeAll<Item>(schema: Schema, items: readonly Item[], write: (item: Item) => void): void {
  const { writer } = schema
  if (items.length > MAX_CHOICES) schema.isCut = true
  for (const [index, item] of items.slice(0, MAX_CHOICES).entries()) {
    if (!writer.step()) return
    if (index > 0) writer.write(' | ')
    write(item)
  }
}

/** Never `String(value)`: an object out of a body may bring its own `toString`. */
function toLiteral(value: unknown): string {
  if (typeof value === 'string') return `"${value}"`
  return typeof value === 'number' || typeof value === 'boolean' || value === null ? `${value}` : 'any'
}
