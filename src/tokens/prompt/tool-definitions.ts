import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import { MAX_RENDERED_LENGTH, type Rendered } from './rendered-json.ts'

const MAX_DEPTH = 16
/** Choices of one `enum` or `anyOf`. */
const MAX_CHOICES = 1_000

/**
 * Writes function definitions the way OpenAI's models read them, as a TypeScript namespace. The rule is not published:
 * it was found by comparing token counts. Takes the shapes of all providers: `function`, `input_schema`, `toolSpec`,
 * `functionDeclarations`.
 */
export function renderToolDefinitions(tools: readonly unknown[]): Rendered {
  const writer = createLines()
  writer.line('namespace functions {')
  writer.line('')
  for (const tool of tools) {
    if (writer.full) break
    for (const definition of readDefinitions(tool)) writeFunction(writer, definition)
  }
  writer.line('} // namespace functions')
  return { text: writer.text(), truncated: writer.full }
}

interface Lines {
  line(text: string): void
  readonly full: boolean
  text(): string
}

function createLines(): Lines {
  const lines: string[] = []
  let length = 0
  return {
    line(text) {
      length += text.length + 1
      if (length <= MAX_RENDERED_LENGTH) lines.push(text)
    },
    get full() {
      return length > MAX_RENDERED_LENGTH
    },
    text: () => lines.join('\n'),
  }
}

function readDefinitions(tool: unknown): readonly JsonObject[] {
  if (!isObject(tool)) return []
  const declarations = readArray(tool['functionDeclarations'] ?? tool['function_declarations'])
  if (declarations.length > 0) return declarations.filter(isObject)
  const inner = tool['function'] ?? tool['toolSpec']
  return [isObject(inner) ? inner : tool]
}

function writeFunction(writer: Lines, definition: JsonObject): void {
  const name = readText(definition['name']) ?? readText(definition['type']) ?? ''
  const description = readText(definition['description'])
  if (description !== null) writer.line(`// ${description}`)
  const schema = readSchema(definition)
  if (Object.keys(readObject(schema['properties'])).length > 0) {
    writer.line(`type ${name} = (_: {`)
    writeProperties(writer, schema, 0)
    writer.line('}) => any;')
  } else {
    writer.line(`type ${name} = () => any;`)
  }
  writer.line('')
}

function readSchema(definition: JsonObject): JsonObject {
  const schema = definition['parameters'] ?? definition['input_schema'] ?? definition['inputSchema']
  return readObject(isObject(schema) ? (schema['json'] ?? schema) : undefined)
}

function writeProperties(writer: Lines, schema: JsonObject, depth: number): void {
  const required = new Set(readArray(schema['required']))
  for (const [name, property] of Object.entries(readObject(schema['properties']))) {
    if (writer.full) return
    const description = readText(readObject(property)['description'])
    // Descriptions of deeper levels are not shown to the model.
    if (description !== null && depth < 2) writer.line(`// ${description}`)
    writer.line(`${name}${required.has(name) ? '' : '?'}: ${toType(property, depth)},`)
  }
}

function toType(value: unknown, depth: number): string {
  if (depth >= MAX_DEPTH || !isObject(value)) return 'any'
  const choices = readChoices(value['anyOf'] ?? value['oneOf'])
  if (choices.length > 0) return join(choices.map((choice) => toType(choice, depth + 1)))
  const values = readChoices(value['enum'])
  if (values.length > 0) return join(values.map(toLiteral))
  const type = value['type']
  // Each type once: a list that repeats one would write the same schema as often.
  const types = Array.isArray(type) ? [...new Set(readChoices(type))] : [type]
  return join(types.map((item) => toNamedType(value, readText(item)?.toLowerCase(), depth)))
}

function toNamedType(schema: JsonObject, type: string | undefined, depth: number): string {
  switch (type) {
    case 'string':
    case 'boolean':
    case 'null':
      return type
    case 'number':
    case 'integer':
      return 'number'
    case 'array':
      return `${toType(schema['items'], depth + 1)}[]`
    case 'object': {
      const writer = createLines()
      writer.line('{')
      writeProperties(writer, schema, depth + 1)
      writer.line('}')
      return writer.text()
    }
    default:
      return 'any'
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

function join(types: readonly string[]): string {
  return types.join(' | ')
}
