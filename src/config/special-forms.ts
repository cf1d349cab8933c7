import * as z from 'zod/mini'
import type { LogLevel } from '../core/logger.ts'
import { EVENT_FIELDS } from '../core/records/event-fields.ts'
import { list, readPairs } from './forms.ts'

/** pino's names, and those of Python's logging that the original used. */
const LEVELS: Readonly<Record<string, LogLevel>> = {
  trace: 'trace',
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  fatal: 'fatal',
  critical: 'fatal',
  silent: 'silent',
}

export const logLevel = {
  form: 'TRACE, DEBUG, INFO, WARN, ERROR, FATAL or SILENT',
  schema: z.pipe(
    z.pipe(
      z.string(),
      z.transform((name) => LEVELS[name.trim().toLowerCase()]),
    ),
    z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent']),
  ),
}

/** A pattern that begins otherwise would never match a path, or all of them. */
export const endpointList = {
  form: 'a JSON array of paths, or paths separated by commas, each beginning with `/` or `*`',
  schema: z.pipe(list.schema, z.array(z.string().check(z.regex(/^[/*]/)))),
}

/** What metrics and spans say under other names than the fields of an event. */
const TAKEN_NAMES = [
  'token_type',
  'tracker',
  'event_id',
  'operation_name',
  'user.hash',
  'error.type',
  'le',
  'job',
  'instance',
]

function isFreeName(name: string): boolean {
  return !Object.hasOwn(EVENT_FIELDS, name) && !TAKEN_NAMES.includes(name)
}

/** A name that is taken would put a client's word in the place of ours. */
export const attributeNames = {
  form: 'a JSON array of metadata keys, or keys separated by commas: letters, digits, `_`, `.` and `-`, none that names a field of the event',
  schema: z.pipe(
    z.pipe(
      list.schema,
      z.transform((names) => [...new Set(names)]),
    ),
    z
      .array(z.string().check(z.regex(/^(?!__|gen_ai\.|otel[._]|.*_sample)[a-z_][\w.-]*$/i), z.refine(isFreeName)))
      .check(z.maxLength(10)),
  ),
}

/** Intervals that divide a day, an hour or a minute, so that rotation falls on round times. */
export const rotationInterval = {
  form: 'an interval: 1d, 12h, 6h, 1h, 30m, 15m, ...',
  schema: z
    .string()
    .check(
      z.trim(),
      z.toLowerCase(),
      z.regex(/^(?:[1-9]\d?d|(?:1|2|3|4|6|8|12)h|(?:1|2|3|4|5|6|10|12|15|20|30)[ms])$/),
    ),
}

/** Open WebUI sends these with ENABLE_FORWARD_USER_INFO_HEADERS=true. */
const OPEN_WEBUI_HEADERS = {
  user: 'x-openwebui-user-id',
  email: 'x-openwebui-user-email',
  name: 'x-openwebui-user-name',
  conversation: 'x-openwebui-chat-id',
}

const headerName = z.string().check(z.regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i), z.toLowerCase())

export const userHeaders = {
  form: 'openwebui, one header name, or field=header pairs (fields: user, email, name, session, conversation)',
  schema: z.pipe(
    z.union([z.pipe(z.string(), z.transform(readUserHeaders)), z.unknown()]),
    z.strictObject({
      user: z.optional(headerName),
      email: z.optional(headerName),
      name: z.optional(headerName),
      session: z.optional(headerName),
      conversation: z.optional(headerName),
    }),
  ),
}

function readUserHeaders(value: string): unknown {
  const trimmed = value.trim()
  if (trimmed.toLowerCase() === 'openwebui') return OPEN_WEBUI_HEADERS
  return /[={,]/.test(trimmed) ? readPairs(trimmed) : { user: trimmed }
}
