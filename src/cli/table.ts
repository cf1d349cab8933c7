import { cutText } from '../core/bounded-text.ts'
import { toPrintable } from './command-context.ts'

export interface Column {
  readonly title: string
  readonly align?: 'left' | 'right'
}

const MAX_CELL_LENGTH = 120
const GAP = '  '

/** Rows under their titles, in columns as wide as needed. */
export function toTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map(({ title }) => title), ...rows.map((row) => row.map(toCell))]
  const widths = columns.map((_, index) => cells.reduce((width, row) => Math.max(width, row[index]?.length ?? 0), 0))
  const lines = cells.map((row) =>
    columns
      .map(({ align }, index) => {
        const cell = row[index] ?? ''
        return align === 'right' ? cell.padStart(widths[index] ?? 0) : cell.padEnd(widths[index] ?? 0)
      })
      .join(GAP)
      .trimEnd(),
  )
  return `${lines.join('\n')}\n`
}

function toCell(text: string): string {
  return toPrintable(text.length > MAX_CELL_LENGTH ? `${cutText(text, MAX_CELL_LENGTH - 1)}…` : text)
}

const quantities = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 })
const amounts = new Intl.NumberFormat('en-US', { maximumFractionDigits: 20, useGrouping: false })
const differences = new Intl.NumberFormat('en-US', {
  maximumFractionDigits: 20,
  useGrouping: false,
  signDisplay: 'exceptZero',
})

/** `1,234,567` */
export function toQuantity(value: number): string {
  return quantities.format(value)
}

/** Every digit and no exponent, `0.0000004`; `unknown` for `null`. */
export function toAmountText(value: number | null): string {
  return value === null ? 'unknown' : amounts.format(value)
}

/** An amount with its sign. */
export function toDifferenceText(value: number | null): string {
  return value === null ? 'unknown' : differences.format(value)
}
