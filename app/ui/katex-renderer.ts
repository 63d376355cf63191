import 'katex/dist/katex.min.css'
import katex from 'katex'

/**
 * HTML and MathML of a formula. Nothing in it can load or run anything: KaTeX does not trust its input by default.
 * @throws ParseError when the formula is broken
 */
export function drawFormula(tex: string, display: boolean): string {
  return katex.renderToString(tex, {
    displayMode: display,
    throwOnError: true,
    strict: 'ignore',
    maxSize: 20,
  })
}
