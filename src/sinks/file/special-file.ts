import { appendFile, stat } from 'node:fs/promises'
import process from 'node:process'

/**
 * Appends to a terminal, a pipe or a device, which has no size, no last line and no name to rotate.
 * @returns `false`, with nothing written, for a regular file or one that is not there yet
 */
export async function appendToSpecialFile(file: string, lines: Buffer): Promise<boolean> {
  // By its name: behind it may be a regular file that the shell opened, or a socket, which cannot be opened by name.
  const standard = toStandardDescriptor(file)
  if (standard !== null) {
    await writeTo(standard === 1 ? process.stdout : process.stderr, lines)
    return true
  }
  const found = await stat(file).catch(() => null)
  if (!found || found.isFile() || found.isDirectory()) return false
  await appendFile(file, lines)
  return true
}

/** The number of the standard stream that a path names; `null` for any other path. */
export function toStandardDescriptor(file: string): 1 | 2 | null {
  const [, name] = /^\/(?:dev\/|dev\/fd\/|proc\/self\/fd\/)(stdout|stderr|[12])$/.exec(file) ?? []
  if (name === undefined) return null
  return name === 'stdout' || name === '1' ? 1 : 2
}

function writeTo(stream: NodeJS.WriteStream, lines: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    // Without a listener the 'error' of a closed pipe would end the process.
    stream.once('error', reject)
    stream.write(lines, (error) => {
      if (error) return reject(error)
      stream.off('error', reject)
      resolve()
    })
  })
}
