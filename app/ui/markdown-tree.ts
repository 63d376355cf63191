import { asWritten, type Mathematics, withFormulas } from './mathematics.ts'

/** What this file needs to know of a node of mdast or hast. */
interface Node {
  type: string
  tagName?: string
  value?: string
  url?: string
  title?: string | null
  alt?: string | null
  depth?: number
  properties?: Record<string, unknown>
  data?: { hName?: string; hProperties?: Record<string, unknown> }
  children?: Node[]
}

/** Headings in a text begin here: above them stand the page's own. */
const topHeading = 3

/** Browsers lay out by recursion: what nests deeper than this is no text to be read. */
const deepest = 100

/** A remark plugin: refuses a tree deeper than can be drawn, by RangeError, as the parser does when its stack ends. */
export function boundDepth() {
  return (tree: Node) => {
    let level: Node[] = [tree]
    for (let depth = 0; level.length > 0; depth++) {
      if (depth > deepest) throw new RangeError(`The text nests more than ${deepest} deep.`)
      level = level.flatMap((node) => node.children ?? [])
    }
  }
}

/** A remark plugin: puts formulas back, and lets headings follow each other without leaving a level out. */
export function remarkTexts({ found }: { found: readonly Mathematics[] }) {
  return (tree: Node) => {
    const depths: number[] = []
    const visit = (node: Node) => {
      if (node.type === 'heading') {
        while ((depths.at(-1) ?? 0) >= node.depth!) depths.pop()
        node.data = {
          ...node.data,
          hName: `h${Math.min(topHeading + depths.length, 6)}`,
          hProperties: { className: [`text-${node.depth}`] },
        }
        depths.push(node.depth!)
      }
      for (const name of ['value', 'url', 'title', 'alt'] as const)
        if (node.type !== 'text' && typeof node[name] === 'string') node[name] = asWritten(node[name], found)
      node.children = node.children?.flatMap((child) =>
        child.type === 'text' ? formulas(child, found) : [child],
      )
      for (const child of node.children ?? []) visit(child)
    }
    visit(tree)
  }
}

function formulas(node: Node, found: readonly Mathematics[]): Node[] {
  return withFormulas(node.value ?? '', found).map((part) =>
    typeof part === 'string'
      ? { type: 'text', value: part }
      : {
          type: 'formula',
          data: {
            hName: 'span',
            hProperties: { 'data-tex': part.tex, 'data-display': String(part.display) },
          },
          children: [{ type: 'text', value: part.source }],
        },
  )
}

/**
 * A rehype plugin: images become links with their words, since fetching one tells its host who reads; links open apart;
 * boxes of task lists and empty headings of tables become something a screen reader can name.
 */
export function rehypeTexts() {
  return (tree: Node) => {
    const visit = (node: Node, inLink: boolean) => {
      if (node.tagName === 'img') imageToLink(node, inLink)
      if (node.tagName === 'a') linkApart(node)
      if (node.tagName === 'input') inputToBox(node)
      if (node.tagName === 'th' && textOf(node).trim() === '') node.tagName = 'td'
      for (const child of node.children ?? []) visit(child, inLink || node.tagName === 'a')
    }
    visit(tree, false)
  }
}

function imageToLink(node: Node, inLink: boolean) {
  const { src, alt } = node.properties ?? {}
  node.tagName = inLink ? 'span' : 'a'
  node.properties = inLink ? {} : { href: src, className: ['image-link'] }
  node.children = [{ type: 'text', value: `Image: ${alt || src || 'without a name'}` }]
}

function linkApart(node: Node) {
  const href = String(node.properties?.href ?? '')
  if (href.startsWith('#')) return
  node.properties = {
    ...node.properties,
    target: '_blank',
    rel: 'noopener noreferrer nofollow',
    referrerPolicy: 'no-referrer',
  }
  if (textOf(node).trim() === '') node.children = [{ type: 'text', value: href || 'empty link' }]
}

function inputToBox(node: Node) {
  const checked = Boolean(node.properties?.checked)
  node.tagName = 'span'
  node.properties = { 'data-box': '', role: 'img', 'aria-label': checked ? 'done' : 'to do' }
  node.children = [{ type: 'text', value: checked ? '☑' : '☐' }]
}

/** All the text under a node of hast. */
export function textOf(node: { value?: unknown; tagName?: string; children?: object[] }): string {
  if (node.tagName === 'img') return 'image'
  return typeof node.value === 'string' ? node.value : (node.children ?? []).map(textOf).join('')
}
