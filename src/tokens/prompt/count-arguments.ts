/** `"a":1,` */
const SHORTEST_ARGUMENT = 6

/**
 * Arguments that the JSON text of a call names: keys of the outermost object, by one walk over the text that needs no
 * parsing. Of a text that is no JSON, no more than would fit into it.
 */
export function countArguments(json: string): number {
  let depth = 0
  let isText = false
  let found = 0
  for (let at = 0; at < json.length; at++) {
    const letter = json[at]
    if (isText) {
      if (letter === '\\') at++
      else if (letter === '"') isText = false
    } else if (letter === '"') isText = true
    else if (letter === '{' || letter === '[') depth++
    else if (letter === '}' || letter === ']') depth--
    else if (letter === ':' && depth === 1 && json[at - 1] === '"') found++
  }
  return Math.min(found, Math.ceil(json.length / SHORTEST_ARGUMENT))
}
