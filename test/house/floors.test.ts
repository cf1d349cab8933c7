import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findBreaches, findCycles, readFloors, readImports, roomOf } from './floors.ts'

const rooms = readFloors(readFileSync('CONTRIBUTING.md', 'utf8'))
const graph = readImports('src')

describe('rooms and floors', () => {
  it('has every room of src/ in the table, and no other', () => {
    expect([...rooms.keys()].toSorted()).toEqual([...new Set([...graph.keys()].map(roomOf))].toSorted())
  })

  it('lets a file import from its own room, a lower floor or a named neighbour only', () => {
    expect(findBreaches(graph, rooms)).toEqual([])
  })

  it('has no cycle of imports, types included', () => {
    expect(findCycles(graph)).toEqual([])
  })

  it('finds an arrow that goes up, one that goes aside, and a cycle', () => {
    const added = new Map(graph)
    added.set('src/core/clock.ts', ['src/tracker/tracker.ts'])
    added.set('src/tokens/calibration.ts', ['src/wire/format.ts'])
    expect(findBreaches(added, rooms)).toEqual([
      'src/core/clock.ts → src/tracker/tracker.ts',
      'src/tokens/calibration.ts → src/wire/format.ts',
    ])
    expect(findCycles(added).some((cycle) => cycle.includes('src/core/clock.ts → src/tracker/tracker.ts'))).toBe(true)
  })
})
