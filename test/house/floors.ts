import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import ts from 'typescript'

/** One room of `src/`: the floor it stands on, and the rooms of the same floor that it may look into. */
export interface Room {
  readonly floor: number
  readonly neighbours: readonly string[]
}

/** Files of `src/` by path, each with the paths of the files it imports, types included. */
export type ImportGraph = ReadonlyMap<string, readonly string[]>

const ROW = /^\| (?<floor>\d) \| `(?<room>[\w.]+)` \|(?:[^|]*)\|(?<neighbours>[^|]*)\|$/gm

/** The table of CONTRIBUTING.md under "Rooms and floors". */
export function readFloors(document: string): ReadonlyMap<string, Room> {
  const rooms = new Map<string, Room>()
  for (const { groups } of document.matchAll(ROW)) {
    const { floor = '', room = '', neighbours = '' } = groups ?? {}
    rooms.set(room, {
      floor: Number(floor),
      neighbours: [...neighbours.matchAll(/`(\w+)`/g)].map(([, name]) => name ?? ''),
    })
  }
  return rooms
}

export function readImports(root: string): ImportGraph {
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => path.posix.join(root, name.split(path.sep).join('/')))
  return new Map(
    files.map((file) => {
      const { importedFiles } = ts.preProcessFile(readFileSync(file, 'utf8'), true, true)
      const inside = importedFiles.map(({ fileName }) => fileName).filter((name) => name.startsWith('.'))
      return [file, inside.map((name) => path.posix.join(path.posix.dirname(file), name))]
    }),
  )
}

/** Imports that go up, or aside without an edge of that name: `file → imported`. */
export function findBreaches(graph: ImportGraph, rooms: ReadonlyMap<string, Room>): string[] {
  const breaches: string[] = []
  for (const [file, imported] of graph) {
    for (const target of imported) {
      if (!isAllowed(roomOf(file), roomOf(target), rooms)) breaches.push(`${file} → ${target}`)
    }
  }
  return breaches
}

function isAllowed(from: string, to: string, rooms: ReadonlyMap<string, Room>): boolean {
  const own = rooms.get(from)
  const other = rooms.get(to)
  if (!own || !other) return false
  return from === to || other.floor < own.floor || (other.floor === own.floor && own.neighbours.includes(to))
}

/** `src/core/json.ts` stands in `core`; a file directly in `src/` is a room of its own. */
export function roomOf(file: string): string {
  return file.split('/')[1] ?? ''
}

/** Every chain of imports that comes back to its beginning. */
export function findCycles(graph: ImportGraph): string[] {
  const cycles: string[] = []
  const finished = new Set<string>()
  function visit(file: string, trail: readonly string[]): void {
    const at = trail.indexOf(file)
    if (at !== -1) cycles.push([...trail.slice(at), file].join(' → '))
    if (at !== -1 || finished.has(file)) return
    for (const target of graph.get(file) ?? []) visit(target, [...trail, file])
    finished.add(file)
  }
  for (const file of graph.keys()) visit(file, [])
  return cycles
}
