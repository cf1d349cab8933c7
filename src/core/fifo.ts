/** First in, first out, in constant time: `Array.prototype.shift` moves every element of a large array. */
export interface Fifo<Item> {
  push(item: Item): void
  shift(): Item | undefined
  readonly length: number
}

/** Taken slots are cut off in one go, once there are this many and they are the larger part. */
const COMPACT_AT = 1_024

export function createFifo<Item>(): Fifo<Item> {
  let items: (Item | undefined)[] = []
  let first = 0
  return {
    push(item) {
      items.push(item)
    },
    shift() {
      if (first === items.length) return undefined
      const item = items[first]
      items[first++] = undefined
      if (first >= COMPACT_AT && first * 2 >= items.length) {
        items = items.slice(first)
        first = 0
      }
      return item
    },
    get length() {
      return items.length - first
    },
  }
}
