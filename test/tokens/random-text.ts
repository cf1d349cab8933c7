/** A repeatable stream of numbers in [0, 1) (mulberry32). */
export function createRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

const words =
  "the of cloud Server naïve don't WE'LL it'S HTTPRequest snake_case 2026 3.14159 1234567 façade Straße".split(' ')
const fragments = [
  ...words,
  '你好世界',
  '，',
  '。',
  '日本語テスト',
  '한국어',
  'привет мир',
  'Ωμέγα',
  'שלום',
  'مرحبا',
  'नमस्ते',
  'ภาษาไทย',
  'ʻokina',
  '😀',
  '👩‍👩‍👧‍👦',
  '🇨🇭',
  'e\u0301',
  '\u0301\u0302',
  '𝒳𝓎',
  '𠜎',
  '\ud800',
  '\udc00',
  '\uffff',
  '\u0000',
  ' ',
  '  ',
  '   ',
  '\t',
  '\n',
  '\r\n',
  '\n\n',
  '\u00a0',
  '\u0085',
  '\ufeff',
  '\u2003',
  '\u3000',
  '\u200b',
  ' \n ',
  '<|endoftext|>',
  '<|im_start|>',
  "'s",
  "'ſ",
  "'RE",
  '’s',
  '---',
  '=====',
  '///',
  '{"a":',
  '[1,2]',
  '();',
  '#',
  '…',
  '½',
  'Ⅷ',
  '٣',
]

/** Blocks without gaps: what is unassigned today may be a letter for the next version of Unicode. */
const blocks = [
  [0x20, 0x17f],
  [0x400, 0x4ff],
  [0x2190, 0x21ff],
  [0x4e00, 0x9fa5],
  [0xac00, 0xd7a3],
  [0xd800, 0xdfff],
  [0xe000, 0xf8ff],
  [0x1f300, 0x1f5ff],
] as const

function toRandomCharacter(random: () => number): string {
  const [first, last] = blocks[Math.floor(random() * blocks.length)] ?? blocks[0]
  return String.fromCodePoint(first + Math.floor(random() * (last - first + 1)))
}

/** Text of mixed scripts, spaces and signs, made to hit the borders between the rules of a tokenizer. */
export function toRandomText(random: () => number, maxFragments: number): string {
  const count = 1 + Math.floor(random() * maxFragments)
  let text = ''
  for (let index = 0; index < count; index++) {
    const fragment = fragments[Math.floor(random() * fragments.length)] ?? ''
    const repeats = random() < 0.1 ? 1 + Math.floor(random() * 12) : 1
    text += fragment.repeat(repeats)
    if (random() < 0.3) text += ' '
    if (random() < 0.1) text += toRandomCharacter(random)
  }
  return text
}
