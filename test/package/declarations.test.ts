import { readFileSync, readdirSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'
import { describe, expect, it } from 'vitest'

const folder = path.resolve(import.meta.dirname, '../../dist')
const files = readdirSync(folder).filter((file) => /\.d\.c?ts$/.test(file))
const entries = ['index', 'fastify', 'fetch', 'hono', 'koa', 'testing', 'web'].map((name) =>
  path.join(folder, `${name}.d.ts`),
)
const options = { module: ts.ModuleKind.NodeNext, moduleResolution: ts.ModuleResolutionKind.NodeNext, noEmit: true }

/** Names that public signatures use and no entry exports, each with a place where it stands. */
function findUnexported(): string[] {
  const program = ts.createProgram(entries, options)
  const checker = program.getTypeChecker()
  const resolve = (symbol: ts.Symbol) =>
    symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol
  const exported = entries.flatMap((entry) => {
    const module = checker.getSymbolAtLocation(program.getSourceFile(entry)!)
    return module ? checker.getExportsOfModule(module).map(resolve) : []
  })
  const found = new Set<string>()
  for (const symbol of exported) {
    for (const declaration of symbol.declarations ?? []) visit(declaration, symbol.name)
  }
  return [...found].toSorted()

  function visit(node: ts.Node, place: string): void {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node) || ts.isTypeQueryNode(node)) {
      const name = ts.isTypeReferenceNode(node)
        ? node.typeName
        : ts.isTypeQueryNode(node)
          ? node.exprName
          : node.expression
      const symbol = checker.getSymbolAtLocation(name)
      const target = symbol && resolve(symbol)
      if (target && isOurs(target) && !exported.includes(target)) found.add(`${target.name} (in ${place})`)
    }
    ts.forEachChild(node, (child) => visit(child, place))
  }
}

function isOurs(symbol: ts.Symbol): boolean {
  const declaration = symbol.declarations?.[0]
  if (!declaration || ts.isTypeParameterDeclaration(declaration)) return false
  return path.dirname(declaration.getSourceFile().fileName) === folder
}

describe('the declarations of the package', () => {
  it('name no type of zod', () => {
    expect(files).toContain('index.d.ts')
    for (const file of files) expect(readFileSync(path.join(folder, file), 'utf8'), file).not.toMatch(/\bzod\b|\bz\./)
  })

  it('export every name that a public signature uses', () => {
    expect(findUnexported()).toEqual([])
  })

  it('show no symbol keys', () => {
    for (const file of files) {
      const text = readFileSync(path.join(folder, file), 'utf8').replaceAll('[Symbol.hasInstance]', '')
      expect(text, file).not.toMatch(/^\s*(?:readonly |static )*\[[\w.]+\]\??[:(]/m)
    }
  })

  it('document every setting, with its default', () => {
    const declared = readFileSync(path.join(folder, files.find((file) => hasSettings(file)) ?? ''), 'utf8')
    expect(declared).toMatch(
      /Length of a sample, in characters\. @default 500 \*\/\n\s*readonly sampleLength\?: number/,
    )
  })
})

function hasSettings(file: string): boolean {
  return readFileSync(path.join(folder, file), 'utf8').includes('interface TrackerSettings')
}
