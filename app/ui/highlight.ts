import type { HighlighterCore, LanguageInput } from 'shiki/core'

/** A piece of a line and its colour, a CSS value. */
export interface Token {
  content: string
  color?: string
}

const languages: Record<string, () => Promise<{ default: LanguageInput }>> = {
  bash: () => import('shiki/langs/bash.mjs'),
  c: () => import('shiki/langs/c.mjs'),
  cpp: () => import('shiki/langs/cpp.mjs'),
  csharp: () => import('shiki/langs/csharp.mjs'),
  css: () => import('shiki/langs/css.mjs'),
  diff: () => import('shiki/langs/diff.mjs'),
  dockerfile: () => import('shiki/langs/dockerfile.mjs'),
  go: () => import('shiki/langs/go.mjs'),
  haskell: () => import('shiki/langs/haskell.mjs'),
  html: () => import('shiki/langs/html.mjs'),
  java: () => import('shiki/langs/java.mjs'),
  javascript: () => import('shiki/langs/javascript.mjs'),
  json: () => import('shiki/langs/json.mjs'),
  julia: () => import('shiki/langs/julia.mjs'),
  kotlin: () => import('shiki/langs/kotlin.mjs'),
  latex: () => import('shiki/langs/latex.mjs'),
  lua: () => import('shiki/langs/lua.mjs'),
  markdown: () => import('shiki/langs/markdown.mjs'),
  php: () => import('shiki/langs/php.mjs'),
  python: () => import('shiki/langs/python.mjs'),
  r: () => import('shiki/langs/r.mjs'),
  ruby: () => import('shiki/langs/ruby.mjs'),
  rust: () => import('shiki/langs/rust.mjs'),
  scala: () => import('shiki/langs/scala.mjs'),
  sql: () => import('shiki/langs/sql.mjs'),
  swift: () => import('shiki/langs/swift.mjs'),
  tsx: () => import('shiki/langs/tsx.mjs'),
  typescript: () => import('shiki/langs/typescript.mjs'),
  xml: () => import('shiki/langs/xml.mjs'),
  yaml: () => import('shiki/langs/yaml.mjs'),
}

const aliases: Record<string, string> = {
  'c#': 'csharp',
  'c++': 'cpp',
  cs: 'csharp',
  docker: 'dockerfile',
  golang: 'go',
  hs: 'haskell',
  js: 'javascript',
  jsx: 'tsx',
  kt: 'kotlin',
  md: 'markdown',
  py: 'python',
  python3: 'python',
  rb: 'ruby',
  rs: 'rust',
  sh: 'bash',
  shell: 'bash',
  tex: 'latex',
  ts: 'typescript',
  yml: 'yaml',
  zsh: 'bash',
}

/** Longer code (characters) stays plain: the page must not stop for colours. */
const longest = 20_000
const remembered = 200

let core: Promise<HighlighterCore> | null = null
const done = new Map<string, Token[][]>()
const begun = new Map<string, Promise<Token[][]>>()
let turn: Promise<void> = Promise.resolve()

function highlighter(): Promise<HighlighterCore> {
  core ??= Promise.all([import('shiki/core'), import('shiki/engine/javascript')]).then(
    ([{ createCssVariablesTheme, createHighlighterCore }, { createJavaScriptRegexEngine }]) =>
      createHighlighterCore({
        themes: [createCssVariablesTheme({ name: 'whetstone', variablePrefix: '--code-', fontStyle: false })],
        langs: [],
        engine: createJavaScriptRegexEngine({ forgiving: true }),
      }),
  )
  return core
}

const keyOf = (code: string, language: string) => `${language}\n${code}`

/** The coloured lines of a code that was highlighted before. */
export function highlighted(code: string, language: string): Token[][] | null {
  return done.get(keyOf(code, language)) ?? null
}

/** Lines of coloured tokens that add up to the code; null when its language is not known or it is too long. */
export async function highlight(code: string, language: string): Promise<Token[][] | null> {
  const name = aliases[language.toLowerCase()] ?? language.toLowerCase()
  const load = Object.hasOwn(languages, name) ? languages[name] : undefined
  if (!load || code.length > longest) return null
  const key = keyOf(code, language)
  const before = done.get(key)
  if (before) return before
  const underway = begun.get(key) ?? inTurn(() => tokensOf(code, name, load))
  begun.set(key, underway)
  try {
    const tokens = await underway
    if (done.size >= remembered) done.delete(done.keys().next().value!)
    done.set(key, tokens)
    return tokens
  } finally {
    begun.delete(key)
  }
}

async function tokensOf(
  code: string,
  name: string,
  load: () => Promise<{ default: LanguageInput }>,
): Promise<Token[][]> {
  const [shiki, grammar] = await Promise.all([highlighter(), load()])
  await shiki.loadLanguage(grammar.default)
  return shiki.codeToTokens(code, { lang: name, theme: 'whetstone' }).tokens
}

/** One code after another, with keys and paints between. */
function inTurn<T>(task: () => Promise<T>): Promise<T> {
  const result = turn.then(task)
  turn = result.then(breath, breath)
  return result
}

function breath(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve))
}
