import type { StreamTap } from './stream-flow.ts'
import { tapStream, type TappedStream } from './stream-tap.ts'
import { watchWhole } from './whole-reading.ts'

/** Told of the readings of one body: the whole of it at once, or a stream. A clone has a reading of its own. */
export interface BodyReadings {
  open(): StreamTap
  /** Its body is being read to its end, whoever still holds it. */
  openWhole(): StreamTap
  onClone(): void
}

type Body = Request | Response

/**
 * Watches how the body of a request or response is read, without reading it: the object stays the same one, and what its
 * own readers answer is looked at in passing. A copy made by `new Request(request)` goes unseen.
 */
export function tapBody(target: Body, readings: BodyReadings): void {
  const given = (target as TappedBody)[TAP]
  if (given) {
    given.watch(readings)
    return
  }
  Object.defineProperty(target, TAP, { value: new BodyTap(target, readings), configurable: true, writable: true })
  Object.defineProperties(target, 'bytes' in target ? MEMBERS_WITH_BYTES : MEMBERS)
}

const TAP = Symbol('token-usage-tracker.body')

/** Of nothing but what a proxy hands out is it missing: its `this` is the object behind it, which has one. */
interface TappedBody {
  readonly [TAP]?: BodyTap
}

class BodyTap {
  readonly #target: Body
  #readings: readonly BodyReadings[]
  #tapped: TappedStream | null = null
  // Looked up before they are replaced: a proxy binds the methods it hands out to the object behind it.
  readonly #own: { readonly clone: () => Body } & { readonly [Name in WholeReader]: unknown }

  constructor(target: Body, readings: BodyReadings) {
    const { clone, text, arrayBuffer, blob, formData } = target
    this.#target = target
    this.#readings = [readings]
    this.#own = { clone, text, arrayBuffer, blob, formData, bytes: (target as { bytes?: unknown }).bytes }
  }

  watch(readings: BodyReadings): void {
    this.#readings = [...this.#readings, readings]
  }

  read(name: WholeReader): Promise<unknown> {
    const target = this.#target
    const isLocked = this.#tapped?.stream.locked === true
    const isTaken = isLocked || target.bodyUsed
    if (isLocked) this.#tapped?.lock()
    const answer: Promise<unknown> = Reflect.apply(this.#own[name] as () => Promise<unknown>, target, [])
    return isTaken ? answer : watchWhole(joinTaps(this.#readings.map((readings) => readings.openWhole())), answer)
  }

  getBody(asked: Body): ReadableStream<Uint8Array> | null {
    if (this.#tapped) return this.#tapped.stream
    const source: ReadableStream<Uint8Array> | null = Reflect.get(Object.getPrototypeOf(asked) as Body, 'body', asked)
    // Some packages called `fetch` give a stream of Node's own.
    if (source === null || typeof source.getReader !== 'function' || source.locked || asked.bodyUsed) return source
    const taps = this.#readings.map((readings) => readings.open())
    this.#tapped = tapStream(source, joinTaps(taps), 'status' in this.#target)
    // While a stream is read the object it belongs to must not count as forgotten.
    Object.defineProperty(this.#tapped.stream, OWNER, { value: this.#target })
    return this.#tapped.stream
  }

  clone(): Body {
    if (this.#tapped?.stream.locked) this.#tapped.lock()
    const copy = Reflect.apply(this.#own.clone, this.#target, [])
    // From here on the target's own body is one branch of the split source.
    this.#tapped = null
    for (const readings of this.#readings) {
      readings.onClone()
      tapBody(copy, readings)
    }
    return copy
  }
}

const OWNER = Symbol('token-usage-tracker.owner')

type WholeReader = 'text' | 'arrayBuffer' | 'bytes' | 'blob' | 'formData'

const toMember = (value: unknown): PropertyDescriptor => ({ value, configurable: true, writable: true })
const toReader = (name: WholeReader) =>
  toMember(function read(this: TappedBody) {
    return getTap(this).read(name)
  })

/** The same functions for all bodies, so that all that are watched have the same hidden class. */
const MEMBERS: PropertyDescriptorMap = {
  body: {
    get(this: Body) {
      return getTap(this as TappedBody).getBody(this)
    },
    configurable: true,
  },
  clone: toMember(function clone(this: TappedBody) {
    return getTap(this).clone()
  }),
  // It reads the text.
  json: toMember(async function json(this: TappedBody) {
    return JSON.parse((await getTap(this).read('text')) as string) as unknown
  }),
  text: toReader('text'),
  arrayBuffer: toReader('arrayBuffer'),
  blob: toReader('blob'),
  formData: toReader('formData'),
}

/** Node 20 has none. */
const MEMBERS_WITH_BYTES: PropertyDescriptorMap = { ...MEMBERS, bytes: toReader('bytes') }

/** @throws TypeError as the methods themselves do where they are called on something else */
function getTap(body: TappedBody | undefined): BodyTap {
  const tap = body?.[TAP]
  if (!tap) throw new TypeError('Illegal invocation')
  return tap
}

/** One body may be sent by several calls, each of which is told of it. */
function joinTaps(taps: readonly StreamTap[]): StreamTap {
  const [only] = taps
  if (only && taps.length === 1) return only
  return {
    onChunk: (chunk) => taps.forEach((tap) => tap.onChunk(chunk)),
    onEnd: (complete) => taps.forEach((tap) => tap.onEnd(complete)),
  }
}
