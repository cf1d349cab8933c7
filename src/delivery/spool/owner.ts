import { readFileSync, readlinkSync, statSync } from 'node:fs'
import { hostname } from 'node:os'
import process from 'node:process'
import { threadId } from 'node:worker_threads'
import { parseJson, readNumber, readObject, readText } from '../../core/json.ts'

/** Who writes to a folder, as far as the system tells. */
export interface Owner {
  readonly hostname: string | null
  /** Differs after a restart of the machine and between machines; Linux only. */
  readonly bootId: string | null
  /** Process numbers mean something inside one namespace (one container) only; Linux only. */
  readonly pidNamespace: string | null
  readonly pid: number | null
  readonly threadId: number | null
  readonly born: string | null
}

/** How often a living owner touches its mark. */
export const HEARTBEAT_MS = 10_000
/** Where it cannot be told whether an owner lives (another host, another container, a thread), silence so long means dead. */
export const SILENCE_MS = 60_000

export function describeOwner(): Owner {
  return {
    hostname: hostname(),
    bootId: readOrNull(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()),
    pidNamespace: readOrNull(() => readlinkSync('/proc/self/ns/pid')),
    pid: process.pid,
    threadId,
    born: bornAt(process.pid),
  }
}

/** @throws when the mark cannot be read */
export function isOwnerAlive(mark: string): boolean {
  const owner = readOwner(readFileSync(mark, 'utf8'))
  const isSpeaking = Date.now() - statSync(mark).mtimeMs <= SILENCE_MS
  if (owner.pid === null || !canSeeProcessesOf(owner)) return isSpeaking
  if (!isRunning(owner.pid)) return false
  // A process number is used again, in a container at every start; the time of birth tells two bearers apart.
  const born = bornAt(owner.pid)
  if (born === null || owner.born === null) return isSpeaking
  // A thread may end before its process does.
  return born === owner.born && (owner.threadId === 0 || isSpeaking)
}

function readOwner(text: string): Owner {
  const fields = readObject(parseJson(text))
  return {
    hostname: readText(fields['hostname']),
    bootId: readText(fields['bootId']),
    pidNamespace: readText(fields['pidNamespace']),
    pid: readNumber(fields['pid']),
    threadId: readNumber(fields['threadId']),
    born: readText(fields['born']),
  }
}

function canSeeProcessesOf(owner: Owner): boolean {
  const own = describeOwner()
  if (owner.bootId !== own.bootId || owner.pidNamespace !== own.pidNamespace) return false
  return own.bootId !== null || owner.hostname === own.hostname
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

/** Start of a process in clock ticks since boot (proc(5), field 22), `null` where the system does not tell. */
function bornAt(pid: number): string | null {
  const text = readOrNull(() => readFileSync(`/proc/${pid}/stat`, 'utf8'))
  return text?.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null
}

function readOrNull(read: () => string): string | null {
  try {
    return read()
  } catch {
    return null
  }
}
