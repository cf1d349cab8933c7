import path from 'node:path'
import ts from 'typescript'

export interface SettingComment {
  /** On one line. */
  readonly description: string
  /** As it stands behind `@default`. */
  readonly default: string | null
}

/** What `TrackerSettings` says of each setting, by field name. */
export function readSettingComments(): ReadonlyMap<string, SettingComment> {
  const file = path.resolve(import.meta.dirname, '../../src/config/settings.ts')
  const source = ts.createSourceFile(file, ts.sys.readFile(file) ?? '', ts.ScriptTarget.Latest, true)
  const declaration = source.statements.find(
    (statement) => ts.isInterfaceDeclaration(statement) && statement.name.text === 'TrackerSettings',
  )
  if (!declaration || !ts.isInterfaceDeclaration(declaration)) throw new Error(`expected TrackerSettings in ${file}`)
  return new Map(declaration.members.map((member) => [member.name?.getText(source) ?? '', toComment(member)]))
}

function toComment(member: ts.TypeElement): SettingComment {
  const [comment] = ts.getJSDocCommentsAndTags(member)
  const tag = ts.getJSDocTags(member).find(({ tagName }) => tagName.text === 'default')
  return { description: toLine(comment?.comment) ?? '', default: toLine(tag?.comment) }
}

function toLine(comment: ts.JSDoc['comment']): string | null {
  return ts.getTextOfJSDocComment(comment)?.replaceAll(/\s+/g, ' ').trim() ?? null
}
