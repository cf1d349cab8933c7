import type { Command } from 'commander'
import { PREFIX, settingSections } from '../config/env-schema.ts'
import type { Setting } from '../config/setting.ts'
import type { SettingValues, TrackerConfig } from '../config/tracker-config.ts'
import { maskUser } from '../core/credentials.ts'
import type { CommandContext } from './command-context.ts'
import { warn } from './command-context.ts'
import { loadCheckedConfig } from './checked-config.ts'
import { toAmountText } from './table.ts'

export function addConfigCommand(program: Command, context: CommandContext): void {
  program
    .command('config')
    .description('print the configuration in force, secrets masked, or every fault in it')
    .option('--json', 'as one object, unset ones as null')
    .action(({ json }: { json?: boolean }) => {
      const config = loadCheckedConfig(context.env, (message) => warn(context, message))
      context.stdout(json ? toJson(config) : toText(config))
    })
}

/** In the form of an environment file: what it prints can be read again. */
function toText(config: TrackerConfig): string {
  const sections = Object.entries(settingSections).map(([title, settings]) => {
    const lines = Object.entries(settings as Record<string, Setting>).map(([field, setting]) =>
      toLine(setting, config[field as keyof SettingValues]),
    )
    return [`# ${title}`, ...lines].join('\n')
  })
  const prices = config.prices.map(({ name, value }) => `${name}=${toAmountText(value)}`)
  if (prices.length > 0) sections.push(['# Prices', ...prices].join('\n'))
  return `${sections.join('\n\n')}\n`
}

function toJson(config: TrackerConfig): string {
  const settings = Object.values(settingSections).flatMap((section) =>
    Object.entries(section as Record<string, Setting>),
  )
  const values = settings.map(([field, { variable, secret }]) => {
    const value = config[field as keyof SettingValues]
    return [PREFIX + variable, secret ? toMasked(value) : withoutUser(value)]
  })
  const prices = config.prices.map(({ name, value }) => [name, value])
  return `${JSON.stringify(Object.fromEntries([...values, ...prices]), null, 2)}\n`
}

function toMasked(value: unknown): string | null {
  return value === null || isEmpty(value) ? null : '***'
}

function withoutUser(value: unknown): unknown {
  return typeof value === 'string' && ADDRESS_WITH_USER.test(value) ? maskUser(value) : value
}

function toLine({ variable, secret }: Setting, value: unknown): string {
  const name = PREFIX + variable
  if (value === null) return `# ${name} is unset`
  if (!secret) return `${name}=${quote(toValueText(value))}`
  return isEmpty(value) ? `# ${name} is unset` : `# ${name}=***`
}

function isEmpty(value: unknown): boolean {
  return typeof value === 'object' && value !== null && Object.keys(value).length === 0
}

function toValueText(value: unknown): string {
  if (typeof value === 'string') return String(withoutUser(value))
  return typeof value === 'number' ? toAmountText(value) : JSON.stringify(value)
}

/** `https://user:password@host`, or without a scheme; no path that begins with a drive. */
const ADDRESS_WITH_USER = /^(?![a-z]:[\\/]).*(?::|\/\/).*@/is

/** As a shell wants it, single quotes included. */
function quote(text: string): string {
  return /^[\w./:@%+,-]*$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`
}
