/** A formula found in Markdown. */
export interface Mathematics {
  /** Without its delimiters. */
  tex: string
  /** On a line of its own. */
  display: boolean
  /** As written, with its delimiters. */
  source: string
}

/** Longer than this (characters) it is prose between two stray dollars. */
const longestFormula = 4000

const open = '\uE000'
const close = '\uE001'

/**
 * Takes the mathematics out of Markdown, so that Markdown does not read its stars and underscores: each formula becomes
 * a token that `withFormulas` finds again. Code is left alone. Single dollars follow Pandoc's rule: no space after the
 * first nor before the second, no digit after the second, so that "$5 and $6" stays money.
 * Source: https://pandoc.org/MANUAL.html#extension-tex_math_dollars
 */
export function setMathematicsAside(source: string): { text: string; found: Mathematics[] } {
  const found: Mathematics[] = []
  if (!/[$\\]/.test(source) || source.includes(open)) return { text: source, found }
  let text = ''
  let kept = 0
  for (let at = 0; at < source.length; ) {
    const code = codeAt(source, at)
    if (code) {
      at = code
      continue
    }
    const formula = formulaAt(source, at)
    if (formula) {
      text += `${source.slice(kept, at)}${open}${found.length}${close}`
      found.push(formula)
      at += formula.source.length
      kept = at
    } else at += source[at] === '\\' || source.startsWith('$$', at) ? 2 : 1
  }
  return { text: text + source.slice(kept), found }
}

/** Cuts a text at the tokens of `setMathematicsAside`: strings and formulas in turn. */
export function withFormulas(text: string, found: readonly Mathematics[]): (string | Mathematics)[] {
  return text.split(/\uE000(\d+)\uE001/).flatMap((part, index) => {
    if (index % 2 === 0) return part === '' ? [] : [part]
    return [found[Number(part)] ?? part]
  })
}

/** The text with its formulas back as they were written. */
export function asWritten(text: string, found: readonly Mathematics[]): string {
  return withFormulas(text, found)
    .map((part) => (typeof part === 'string' ? part : part.source))
    .join('')
}

/** Where the code that begins at `at` ends; null when none begins there. */
function codeAt(source: string, at: number): number | null {
  const mark = source[at]
  if (mark !== '`' && mark !== '~') return null
  const run = runLength(source, at)
  const lineStart = source.lastIndexOf('\n', at - 1) + 1
  if (run >= 3 && /^[\s>*+\-\d.)]*$/.test(source.slice(lineStart, at))) return fenceEnd(source, at, run)
  if (mark === '~') return at + run
  let next = source.indexOf('`', at + run)
  while (next >= 0) {
    const length = runLength(source, next)
    if (length === run) return next + length
    next = source.indexOf('`', next + length)
  }
  return at + run
}

function fenceEnd(source: string, at: number, run: number): number {
  const fence = new RegExp(`^[ \\t>]*\\${source[at]}{${run},}[ \\t]*$`, 'gm')
  const lineEnd = source.indexOf('\n', at)
  if (lineEnd < 0) return source.length
  fence.lastIndex = lineEnd + 1
  return fence.exec(source) ? fence.lastIndex : source.length
}

function runLength(source: string, at: number): number {
  let end = at
  while (source[end] === source[at]) end++
  return end - at
}

function formulaAt(source: string, at: number): Mathematics | null {
  if (source.startsWith('\\(', at)) return between(source, at, '\\(', '\\)', false)
  if (source.startsWith('\\[', at)) return between(source, at, '\\[', '\\]', true)
  if (source.startsWith('$$', at)) return between(source, at, '$$', '$$', true)
  if (source[at] !== '$' || source[at - 1] === '$' || /\s/.test(source[at + 1] ?? ' ')) return null
  const formula = between(source, at, '$', '$', false)
  if (!formula || /\s$/.test(formula.source.slice(0, -1))) return null
  return /\d/.test(source[at + formula.source.length] ?? '') ? null : formula
}

/** The formula up to the next closing delimiter in the same paragraph. */
function between(source: string, at: number, from: string, to: string, display: boolean): Mathematics | null {
  const start = at + from.length
  const rest = source.slice(start, start + longestFormula)
  const paragraph = rest.slice(0, /\n[ \t]*\n/.exec(rest)?.index ?? rest.length)
  for (let end = 0; end < paragraph.length; end++) {
    if (paragraph.startsWith(to, end)) {
      const tex = paragraph.slice(0, end)
      return tex.trim() === '' ? null : { tex: tex.trim(), display, source: from + tex + to }
    }
    if (paragraph[end] === '\\') end++
  }
  return null
}
