import type { FieldTable } from '../../src/core/records/event-fields.ts'

interface Sample {
  name: string | null
  state: 'on' | 'off'
  tokens: number | null
}

const name = { kind: 'identifier', doc: '' } as const
const state = { kind: 'label', required: true, doc: '' } as const
const tokens = { kind: 'count', doc: '' } as const

export const complete = { name, state, tokens } satisfies FieldTable<Sample>

// @ts-expect-error A field without an entry.
export const missing = { name, state } satisfies FieldTable<Sample>

// @ts-expect-error A text that says nothing of its sensitivity.
export const untold = { name: { doc: '' }, state, tokens } satisfies FieldTable<Sample>

// @ts-expect-error A free text is no label.
export const unlabelled = { name: { kind: 'label', doc: '' }, state, tokens } satisfies FieldTable<Sample>

// @ts-expect-error A number holds no text.
export const mistyped = { name, state, tokens: { kind: 'message', doc: '' } } satisfies FieldTable<Sample>

// @ts-expect-error A field that may be null is not required.
export const demanded = { name: { ...name, required: true }, state, tokens } satisfies FieldTable<Sample>

// @ts-expect-error A field that is never null says so.
export const optional = { name, state: { kind: 'label', doc: '' }, tokens } satisfies FieldTable<Sample>

// @ts-expect-error An entry for no field.
export const unknown = { name, state, tokens, other: name } satisfies FieldTable<Sample>
