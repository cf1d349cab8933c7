const english =
  'The harbour was quiet that morning, and nobody on the pier could say when the ferry had left. “It isn’t late,” said ' +
  'Mara, “it never came.” She counted 1,284 crates, wrote the number down twice, and didn’t look up.\n'
const chinese =
  '清晨的港口很安静，码头上没有人说得出渡轮是什么时候离开的。她数了一千二百八十四个箱子，把数字写了两遍。\n'
const code =
  'export function toTotal(items: readonly Item[]): number {\n  return items.reduce((sum, { price }) => sum + price, 0)\n}\n'

/** Texts as people write them, at least as long as asked for; no sentence stands twice in the same form. */
export function toNaturalTexts(length: number): Readonly<Record<'English' | 'Chinese' | 'code', string>> {
  const repeat = (text: string) => {
    let result = ''
    for (let index = 1; result.length < length; index++) result += `${index}. ${text}`
    return result
  }
  return { English: repeat(english), Chinese: repeat(chinese), code: repeat(code) }
}
