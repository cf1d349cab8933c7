/** What was made of the last keys, to be had again without making it. */
export interface BoundedMap<Key, Value> {
  getOrMake(key: Key, make: (key: Key) => Value): Value
}

/** Dropped whole when it is full: keeping count of who was used last costs more than making some values again. */
export function createBoundedMap<Key, Value>(capacity: number): BoundedMap<Key, Value> {
  const values = new Map<Key, Value>()
  return {
    getOrMake(key, make) {
      const known = values.get(key)
      if (known !== undefined) return known
      const value = make(key)
      if (values.size >= capacity) values.clear()
      values.set(key, value)
      return value
    },
  }
}
