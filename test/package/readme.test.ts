import { describe, expect, it } from 'vitest'
import { EVENT_FIELDS, FIELD_KINDS, type FieldSpec } from '../../src/core/records/event-fields.ts'
import { PREFIX, settingSections } from '../../src/config/env-schema.ts'
import type { Setting } from '../../src/config/setting.ts'
import { generateReadmePart } from '../setup/readme-part.ts'
import { readSettingComments } from '../setup/setting-comments.ts'

const comments = readSettingComments()

function toTable(section: string, settings: Record<string, Setting>): string {
  const rows = Object.entries(settings).map(([field, setting]) => toRow(field, setting))
  return [
    `#### ${section}`,
    '',
    '| Variable | What it does | Accepted | Default |',
    '| --- | --- | --- | --- |',
    ...rows,
  ].join('\n')
}

function toRow(field: string, setting: Setting): string {
  const isList = setting.default !== null && setting.default.length > 40
  const fallback = isList
    ? 'see below'
    : code(setting.default === '{}' || setting.default === '[]' ? null : setting.default)
  const other = setting.standIn === null ? '' : `, else \`${setting.standIn}\``
  return `| \`${PREFIX}${setting.variable}\` | ${comments.get(field)?.description} | ${setting.form.replaceAll('|', '\\|')} | ${fallback}${other} |`
}

function code(value: string | null): string {
  return value === null ? 'unset' : `\`${value}\``
}

function toLists(): string {
  const long = Object.values(settingSections)
    .flatMap((section) => Object.values(section as Record<string, Setting>))
    .filter((setting) => setting.default !== null && setting.default.length > 40)
  return long
    .map((setting) => {
      const items = (JSON.parse(setting.default ?? '[]') as string[]).map((item) => `  "${item}"`).join(',\n')
      return `Default of \`${PREFIX}${setting.variable}\`:\n\n\`\`\`json\n[\n${items}\n]\n\`\`\``
    })
    .join('\n\n')
}

function toFieldRow([name, { kind, unit, doc }]: [string, FieldSpec]): string {
  const { type } = FIELD_KINDS[kind]
  return `| \`${name}\` | ${unit === undefined ? type : `${type}, ${unit}`} | ${doc} |`
}

describe('the README', () => {
  it('lists every variable as the schema has it (mend with `npm run docs`)', () => {
    const tables = Object.entries(settingSections).map(([section, settings]) => toTable(section, settings))
    const { readme, updated } = generateReadmePart('configuration', [...tables, toLists()].join('\n\n'))
    expect(readme).toBe(updated)
  })

  it('lists every field of an event as the table has it (mend with `npm run docs`)', () => {
    const rows = Object.entries(EVENT_FIELDS).map(toFieldRow)
    const table = ['| Key | Type | What it is |', '| --- | --- | --- |', ...rows].join('\n')
    const { readme, updated } = generateReadmePart('event fields', table)
    expect(readme).toBe(updated)
  })
})
