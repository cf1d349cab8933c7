import { z } from 'zod'
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
  schema: z
    .string()
    .transform((name) => LEVELS[name.trim().toLowerCase()])
    .pipe(z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'])),
}

/** A pattern that begins otherwise would never match a path, or all of them. */
export const endpointList = {
  form: 'a JSON array of paths, or paths separated by commas, each beginning with `/` or `*`',
  schema: list.schema.pipe(z.array(z.string().regex(/^[/*]/))),
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
  schema: list.schema
    .transform((names) => [...new Set(names)])
    .pipe(
      z
        .array(
          z
            .string()
            .regex(/^(?!__|gen_ai\.|otel[._]|.*_sample)[a-z_][\w.-]*$/i)
            .refine(isFreeName),
        )
        .max(10),
    ),
}

/** Intervals that divide a day, an hour or a minute, so that rotation falls on round times. */
export const rotationInterval = {
  form: 'an interval: 1d, 12h, 6h, 1h, 30m, 15m, ...',
  schema: z
    .string()
    .transform((value) => value.trim().toLowerCase())
    .pipe(z.string().regex(/^(?:[1-9]\d?d|(?:1|2|3|4|6|8|12)h|(?:1|2|3|4|5|6|10|12|15|20|30)[ms])$/)),
}

/** Open WebUI sends these with ENABLE_FORWARD_USER_INFO_HEADERS=true. */
const OPEN_WEBUI_HEADERS = {
  user: 'x-openwebui-user-id',
  email: 'x-openwebui-user-email',
  name: 'x-openwebui-user-name',
  conversation: 'x-openwebui-chat-id',
}

const headerName = z
  .string()
  .regex(/^[!#$%&'*+.^_`|~0-9a-z-]+$/i)
  .transform((name) => name.toLowerCase())

export const userHeaders = {
  form: 'openwebui, one header name, or field=header pairs (fields: user, email, name, session, conversation)',
  schema: z.union([z.string().transform(readUserHeaders), z.unknown()]).pipe(
    z.strictObject({
      user: headerName.optional(),
      email: headerName.optional(),
      name: headerName.optional(),
      session: headerName.optional(),
      conversation: headerName.optional(),
    }),
  ),
}

function readUserHeaders(value: string): unknown {
  const trimmed = value.trim()
  if (trimmed.toLowerCase() === 'openwebui') return OPEN_WEBUI_HEADERS
  return /[={,]/.test(trimmed) ? readPairs(trimmed) : { user: trimmed }
}
