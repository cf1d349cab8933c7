import { snippets, units, words } from './dictionary.ts'
import type { Random } from './random.ts'

/** JSON, as it comes out of a body. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

type Place = { readonly holder: Json[] | { [key: string]: Json }; readonly key: string; readonly value: Json }

/** A copy with one to three changes of the kinds that multiply work: repeats, nestings, spellings, widths, other shapes. */
export function mutate(value: Json, random: Random): Json {
  const root = { root: structuredClone(value) }
  for (let count = 1 + random.below(3); count > 0; count--) {
    const places: Place[] = []
    collect(root, places, 0)
    if (places.length > 0) change(random.pick(places), places, random)
  }
  return root.root ?? null
}

const MAX_PLACES = 2_000
/** Deeper places are reached by nesting what lies above them. */
const MAX_DEPTH = 200

function collect(holder: Place['holder'], places: Place[], depth: number): void {
  for (const [key, value] of Object.entries(holder)) {
    if (places.length >= MAX_PLACES || depth > MAX_DEPTH) return
    places.push({ holder, key, value })
    if (typeof value === 'object' && value !== null) collect(value, places, depth + 1)
  }
}

function change(place: Place, places: readonly Place[], random: Random): void {
  const changes = [
    repeat,
    repeat,
    vary,
    multiply,
    multiply,
    nest,
    nest,
    spell,
    widen,
    replace,
    replace,
    rename,
    addMember,
    graft,
    remove,
  ]
  random.pick(changes)(place, places, random)
}

/** As a property of its own even where it is called `__proto__`, as JSON.parse does. */
function set({ holder }: Pick<Place, 'holder'>, key: string, value: Json): void {
  Object.defineProperty(holder, key, { value, writable: true, enumerable: true, configurable: true })
}

function size(random: Random): number {
  return 2 ** (1 + random.below(10))
}

function repeat(place: Place, _places: readonly Place[], random: Random): void {
  const count = size(random)
  const { value } = place
  if (Array.isArray(value)) {
    const items = value.slice(0, 64)
    const copies = Array.from({ length: Math.ceil(count / Math.max(1, items.length)) }, () => structuredClone(items))
    set(place, place.key, copies.flat())
  } else if (Array.isArray(place.holder))
    place.holder.push(...Array.from({ length: count }, () => structuredClone(value)))
  else for (let index = 0; index < count; index++) set(place, `${place.key}${index}`, structuredClone(value))
}

/** Puts a part into itself, several times over. */
function nest(place: Place, _places: readonly Place[], random: Random): void {
  if (typeof place.value !== 'object' || place.value === null) return
  const inner: Place[] = []
  collect(place.value, inner, 0)
  if (inner.length === 0) return
  const at = random.below(inner.length)
  let nested = place.value
  for (let depth = size(random) % 65; depth > 0; depth--) {
    const outer = structuredClone(place.value)
    const places: Place[] = []
    collect(outer, places, 0)
    const target = places[at]
    if (target) set(target, target.key, nested)
    nested = outer
    if (JSON.stringify(nested).length > 65_536) break
  }
  set(place, place.key, nested)
}

/** A list in place of one member of an object, and the object into itself: what walks each for each comes to powers. */
function multiply({ holder, key, value }: Place, _places: readonly Place[], random: Random): void {
  if (!isRecord(value)) return
  const members = Object.entries(value as { [key: string]: Json })
  const texts = members.filter(([, member]) => typeof member === 'string' && member !== '')
  const inner: Place[] = []
  collect(value as { [key: string]: Json }, inner, 0)
  const objects = inner.flatMap(({ value: part }, at) => (isRecord(part) ? [at] : []))
  if (texts.length === 0 || objects.length === 0) return
  const [name, text] = random.pick(texts)
  const outer = { ...(value as { [key: string]: Json }), [name]: toSpellings(text as string, 8) }
  const at = random.pick(objects)
  let nested: Json = outer
  for (let depth = 2 + random.below(3); depth > 0; depth--) {
    const copy = structuredClone(outer)
    const places: Place[] = []
    collect(copy, places, 0)
    const target = places.filter(({ value: part }) => isRecord(part))[objects.indexOf(at)]
    if (target) set(target, target.key, nested)
    nested = copy
  }
  set({ holder }, key, nested)
}

/** Gives each item of a list a member of its own somewhere inside: what is merged, or kept by name, then grows. */
function vary({ value }: Place, _places: readonly Place[], random: Random): void {
  if (!Array.isArray(value) || value.length < 2) return
  const [first] = value
  const inner: Place[] = []
  if (typeof first === 'object' && first !== null) collect(first, inner, 0)
  const objects = inner.flatMap(({ value: part }, at) => (isRecord(part) ? [at] : []))
  const at = objects.length > 0 ? random.pick(objects) : -1
  for (const [index, item] of value.slice(0, MAX_PLACES).entries()) {
    const places: Place[] = []
    if (typeof item === 'object' && item !== null) collect(item, places, 0)
    const part = at === -1 ? item : places[at]?.value
    if (isRecord(part ?? null)) set({ holder: part as { [key: string]: Json } }, `k${index}`, index)
  }
}

function isRecord(value: Json): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A list of spellings in place of a text. */
function spell(place: Place, _places: readonly Place[], random: Random): void {
  const { value } = place
  if (typeof value !== 'string' || value === '') return
  set(place, place.key, toSpellings(value, Math.min(64, size(random))))
}

function toSpellings(text: string, count: number): string[] {
  const word = text.slice(0, 40)
  return Array.from({ length: count }, (_, bits) =>
    Array.from(word, (letter, at) => ((bits >> (at % 10)) & 1 ? letter.toUpperCase() : letter)).join(''),
  )
}

function widen(place: Place, _places: readonly Place[], random: Random): void {
  const text = random.pick(units).repeat(size(random))
  const { value } = place
  set(place, place.key, typeof value === 'string' && random.below(2) === 0 ? value.slice(0, 64) + text : text)
}

function replace(place: Place, places: readonly Place[], random: Random): void {
  const other = random.below(2) === 0 ? (random.pick(snippets) as Json) : random.pick(places).value
  set(place, place.key, structuredClone(other))
}

function rename(place: Place, _places: readonly Place[], random: Random): void {
  if (Array.isArray(place.holder)) return
  delete place.holder[place.key]
  set(place, random.pick(words), place.value)
}

function addMember(place: Place, _places: readonly Place[], random: Random): void {
  const { value } = place
  if (typeof value !== 'object' || value === null) set(place, place.key, random.pick(words))
  else if (Array.isArray(value)) value.push(structuredClone(random.pick(snippets) as Json))
  else set({ holder: value }, random.pick(words), structuredClone(random.pick(snippets) as Json))
}

function graft(place: Place, places: readonly Place[], random: Random): void {
  const { value } = random.pick(places)
  if (typeof place.value === 'object' && place.value !== null && !Array.isArray(place.value)) {
    set({ holder: place.value }, random.pick(words), structuredClone(value))
  }
}

function remove(place: Place): void {
  if (Array.isArray(place.holder)) place.holder.splice(Number(place.key), 1)
  else delete place.holder[place.key]
}
