/** Runs pieces of work one after the other, in the order they were given. */
export type Turns = <T>(work: () => Promise<T>) => Promise<T>

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const done = last.then(work)
    // What it gave must not be held until the next one is done.
    last = done.then(ignore, ignore)
    return done
  }
}

function ignore(): void {}
