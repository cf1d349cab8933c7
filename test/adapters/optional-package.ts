/**
 * A package that some installations lack: those that the tests only stand beside. `null` when it is missing, and then the
 * test that wants it says so. The name is no literal, for the compiler would look for it.
 */
export async function loadOptional<Module>(name: string): Promise<Module | null> {
  try {
    return (await import(name)) as Module
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'ERR_MODULE_NOT_FOUND') throw error
    console.warn(`SKIPPED: needs the package ${name}, which is not installed`)
    return null
  }
}
