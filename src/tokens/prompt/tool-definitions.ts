import { isObject, readArray, readObject, readText, type JsonObject } from '../../core/json.ts'
import type { WorkBudget } from '../../core/work-budget.ts'
import { TextWriter, type Rendered } from './text-writer.ts'
import { writeParameters } from './tool-schema.ts'

/**
 * Writes function definitions the way OpenAI's models read them, as a TypeScript namespace. The rule is not published:
 * it was found by comparing token counts. Takes the shapes of all providers: `function`, `input_schema`, `toolSpec`,
 * `functionDeclarations`. Every node of a schema is written once at most, whatever its shapes; what is cut says so.
 */
export function renderToolDefinitions(tools: readonly unknown[], budget: WorkBudget): Rendered {
  const writer = new TextWriter(budget)
  let isCut = false
  writer.write('namespace functions {\n\n')
  for (const tool of tools) {
    for (const definition of readDefinitions(tool)) {
      if (writer.step()) isCut = writeFunction(writer, definition) || isCut
    }
  }
  writer.write('} // namespace functions')
  return { text: writer.text, truncated: writer.isFull || isCut }
}

/** True for a tool of the vendor's own, of which the request tells no more than its name. */
export function isHostedTool(tool: unknown): boolean {
  return readDefinitions(tool).some((definition) => {
    const type = definition['type'] ?? 'function'
    return definition['name'] === undefined || (type !== 'function' && type !== 'custom' && !hasSchema(definition))
  })
}

function readDefinitions(tool: unknown): readonly JsonObject[] {
  if (!isObject(tool)) return []
  const declarations = readArray(tool['functionDeclarations'] ?? tool['function_declarations'])
  if (declarations.length > 0) return declarations.filter(isObject)
  // Responses reads a tool that names itself where it does so, whatever else it brings.
  if (tool['name'] !== undefined) return [tool]
  const inner = tool['function'] ?? tool['toolSpec']
  return [isObject(inner) ? inner : tool]
}

/** Whether anything of it was left out. */
function writeFunction(writer: TextWriter, definition: JsonObject): boolean {
  const name = readText(definition['name']) ?? readText(definition['type']) ?? ''
  const description = readText(definition['description'])
  if (description !== null) writer.write(`// ${description}\n`)
  const schema = readSchema(definition)
  if (Object.keys(readObject(schema['properties'])).length === 0) {
    writer.write(`type ${name} = () => any;\n\n`)
    return false
  }
  writer.write(`type ${name} = (_: {\n`)
  const isCut = writeParameters(writer, schema)
  writer.write('}) => any;\n\n')
  return isCut
}

const SCHEMAS = ['parameters', 'input_schema', 'inputSchema'] as const

function hasSchema(definition: JsonObject): boolean {
  return SCHEMAS.some((key) => isObject(definition[key]))
}

function readSchema(definition: JsonObject): JsonObject {
  const schema = definition['parameters'] ?? definition['input_schema'] ?? definition['inputSchema']
  return readObject(isObject(schema) ? (schema['json'] ?? schema) : undefined)
}
