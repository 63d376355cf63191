/**
 * Cuts a long Markdown text between its paragraphs into parts of about `size` characters, never within fenced code.
 * The parts add up to the text.
 */
export function textParts(text: string, size: number): string[] {
  if (text.length <= size) return [text]
  const parts: string[] = []
  let part = ''
  let fence: string | null = null
  for (const line of text.split(/(?<=\n)/)) {
    const mark = /^[\s>]*(`{3,}|~{3,})/.exec(line)?.[1]
    if (mark && fence === null) fence = mark
    else if (mark && mark[0] === fence?.[0] && mark.length >= fence!.length) fence = null
    part += line
    if (part.length >= size && fence === null && line.trim() === '') {
      parts.push(part)
      part = ''
    }
  }
  return part === '' ? parts : [...parts, part]
}
