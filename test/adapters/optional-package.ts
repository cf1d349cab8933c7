import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'

const modules = path.resolve(import.meta.dirname, '../../node_modules')
const [major] = process.versions.node.split('.')

/**
 * A package that some installations lack: those that the tests only stand beside. `null` when it is missing, or wants a
 * later Node and does not load here, and then the test that wants it says so. The name is no literal, for the compiler
 * would look for it.
 */
export async function loadOptional<Module>(name: string): Promise<Module | null> {
  const wanted = readLowestNode(name)
  try {
    return (await import(name)) as Module
  } catch (error) {
    if (wanted !== null && Number(major) < wanted) {
      console.warn(`SKIPPED: ${name} wants Node ${wanted}, and does not load in ${process.version}: ${String(error)}`)
      return null
    }
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.warn(`SKIPPED: needs the package ${name}, which is not installed`)
    return null
  }
}

/** The major version of Node that a package says it needs; `null` where it does not say, or is not there. */
function readLowestNode(name: string): number | null {
  const file = path.join(modules, name, 'package.json')
  if (!existsSync(file)) return null
  const { engines } = JSON.parse(readFileSync(file, 'utf8')) as { engines?: { node?: string } }
  const lowest = /^\s*>=\s*(\d+)/.exec(engines?.node ?? '')?.[1]
  return lowest === undefined ? null : Number(lowest)
}
