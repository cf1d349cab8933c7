/** Patterns that make a tokenizer slow, each as long as asked for. */
export function toAdversarialTexts(length: number): Readonly<Record<string, string>> {
  const patterns = {
    'one letter': 'a',
    'one capital': 'A',
    'alternating letters': 'ab',
    'alternating case': 'aB',
    'one digit': '1',
    spaces: ' ',
    'line breaks': '\n',
    'spaces and line breaks': ' \n',
    tabs: '\t',
    'equals signs': '=',
    'quotation marks': '"',
    slashes: '/',
    brackets: '[{',
    'Han without punctuation': '漢字仮名交文',
    'one Han character': '龘',
    Thai: 'ภาษาไทยไม่มีช่องว่าง',
    emoji: '😀🎉',
    'joined emoji': '👩‍👩‍👧‍👦',
    'combining marks': 'e\u0301\u0302\u0303',
    'lone surrogates': '\ud83d',
    'zero-filled base64': 'AAAAAAAAAAAAAAAAAAAAAA==',
    'no-break spaces': '\u00a0',
  }
  return Object.fromEntries(
    Object.entries(patterns).map(([name, pattern]) => [
      name,
      pattern.repeat(Math.ceil(length / pattern.length)).slice(0, length),
    ]),
  )
}
