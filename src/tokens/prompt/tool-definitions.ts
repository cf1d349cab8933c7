import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { WorkBudget } from '../../core/work-budget.ts'
import { TextWriter, type Rendered } from './text-writer.ts'

const MAX_DEPTH = 16
/** Choices of one `enum` or `anyOf`. */
const MAX_CHOICES = 1_000

/**
 * Writes function definitions the way OpenAI's models read them, as a TypeScript namespace. The rule is not published:
 * it was found by comparing token counts. Takes the shapes of all providers: `function`, `input_schema`, `toolSpec`,
 * `functionDeclarations`. Every node of a schema is written once at most, whatever its shapes.
 */
export function renderToolDefinitions(tools: readonly unknown[], budget: WorkBudget): Rendered {
  const writer = new TextWriter(budget)
  writer.write('namespace functions {\n\n')
  for (const tool of tools) {
    for (const definition of readDefinitions(tool)) if (writer.step()) writeFunction(writer, definition)
  }
  writer.write('} // namespace functions')
  return { text: writer.text, truncated: writer.isFull }
}

function readDefinitions(tool: unknown): readonly JsonObject[] {
  if (!isObject(tool)) return []
  const declarations = readArray(tool['functionDeclarations'] ?? tool['function_declarations'])
  if (declarations.length > 0) return declarations.filter(isObject)
  const inner = tool['function'] ?? tool['toolSpec']
  return [isObject(inner) ? inner : tool]
}

function writeFunction(writer: TextWriter, definition: JsonObject): void {
  const name = readText(definition['name']) ?? readText(definition['type']) ?? ''
  const description = readText(definition['description'])
  if (description !== null) writer.write(`// ${description}\n`)
  const schema = readSchema(definition)
  if (Object.keys(readObject(schema['properties'])).length > 0) {
    writer.write(`type ${name} = (_: {\n`)
    writeProperties(writer, schema, 0)
    writer.write('}) => any;\n\n')
  } else {
    writer.write(`type ${name} = () => any;\n\n`)
  }
}

function readSchema(definition: JsonObject): JsonObject {
  const schema = definition['parameters'] ?? definition['input_schema'] ?? definition['inputSchema']
  return readObject(isObject(schema) ? (schema['json'] ?? schema) : undefined)
}

function writeProperties(writer: TextWriter, schema: JsonObject, depth: number): void {
  const required = new Set(readArray(schema['required']))
  for (const [name, property] of Object.entries(readObject(schema['properties']))) {
    if (!writer.step()) return
    const description = readText(readObject(property)['description'])
    // Descriptions of deeper levels are not shown to the model.
    if (description !== null && depth < 2) writer.write(`// ${description}\n`)
    writer.write(`${name}${required.has(name) ? '' : '?'}: `)
    writeType(writer, property, depth)
    writer.write(',\n')
  }
}

function writeType(writer: TextWriter, value: unknown, depth: number): void {
  if (depth >= MAX_DEPTH || !isObject(value)) return writer.write('any')
  const choices = readChoices(value['anyOf'] ?? value['oneOf'])
  if (choices.length > 0) return writeAll(writer, choices, (choice) => writeType(writer, choice, depth + 1))
  const values = readChoices(value['enum'])
  if (values.length > 0) return writeAll(writer, values, (item) => writer.write(toLiteral(item)))
  const type = value['type']
  const types = (Array.isArray(type) ? readChoices(type) : [type]).map((item) => readText(item)?.toLowerCase())
  // Each type once, in whatever case it is written: a list that repeats one would write the same schema as often.
  writeAll(writer, [...new Set(types)], (item) => writeNamedType(writer, value, item, depth))
}

function writeNamedType(writer: TextWriter, schema: JsonObject, type: string | undefined, depth: number): void {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return writer.write(type)
    case 'number':
    case 'integer':
      return writer.write('number')
    case 'array':
      writeType(writer, schema['items'], depth + 1)
      return writer.write('[]')
    case 'object':
      writer.write('{\n')
      writeProperties(writer, schema, depth + 1)
      return writer.write('}')
    default:
      return writer.write('any')
  }
}

function writeAll<Item>(writer: TextWriter, items: readonly Item[], write: (item: Item) => void): void {
  for (const [index, item] of items.entries()) {
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

function readChoices(value: unknown): readonly unknown[] {
  return readArray(value).slice(0, MAX_CHOICES)
}
