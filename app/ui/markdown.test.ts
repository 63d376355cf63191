import fc from 'fast-check'
import { createElement } from 'react'
import { renderToStaticMarkup } from 'react-dom/server'
import { describe, expect, it, vi } from 'vitest'
import { Markdown, prepareMarkdown } from './markdown.tsx'
import { textParts } from './text-parts.ts'

const html = (text: string) => renderToStaticMarkup(createElement(Markdown, null, text))

describe('a text of a model', () => {
  it('shows raw HTML as text and runs none of it', () => {
    expect(html('<script>alert(1)</script> <img src=x onerror=alert(1)>')).not.toMatch(/<(script|img)/)
    expect(html('[click](javascript:alert(1))')).not.toContain('javascript:')
  })

  it('fetches no image: it is a link with its words', () => {
    const shown = html('![a cat](https://example.com/cat.png) [![in a link](b.png)](https://example.com)')
    expect(shown).not.toContain('<img')
    expect(shown).toMatch(/<a href="https:\/\/example.com\/cat.png"[^>]*>Image: a cat<\/a>/)
    expect(shown).toContain('<span>Image: in a link</span>')
  })

  it('opens links apart, telling nobody where they stood', () => {
    expect(html('[site](https://example.com)')).toMatch(/target="_blank" rel="noopener noreferrer nofollow"/)
  })

  it('lets headings follow one another without a gap, below those of the page', () => {
    const levels = (text: string) => [...html(text).matchAll(/<h(\d)/g)].map(([, level]) => level)
    expect(levels('# a\n\n### b\n\n## c\n\n# d')).toEqual(['3', '4', '4', '3'])
    expect(levels('#### a')).toEqual(['3'])
  })

  it('keeps stars and underscores of a formula from Markdown, and dollars in code from both', () => {
    const shown = html('$a_1*b*c_2$ and `$x$` and $5 or $6')
    expect(shown).toContain('<code class="formula-source">$a_1*b*c_2$</code>')
    expect(shown).toContain('<code>$x$</code>')
    expect(shown).toContain('$5 or $6')
  })

  it('gives code as it is, with the formula-like signs in it', () => {
    expect(html('    echo $HOME$\n')).toContain('echo $HOME$')
    expect(html('```py\nf"$x$"\n```')).toContain('f&quot;$x$&quot;')
  })

  it('names the boxes of a task list', () => {
    expect(html('- [x] sent\n- [ ] paid')).toMatch(/role="img" aria-label="done".*aria-label="to do"/s)
  })
})

describe('a text that nests without end', () => {
  const astray = {
    quotes: '>'.repeat(3000),
    lists: '1. '.repeat(1500),
    stars: `${'*'.repeat(8000)}a${'*'.repeat(8000)}`,
    'fewer quotes than end the stack': '> '.repeat(500),
  }
  it.each(Object.entries(astray))('is shown as it is written: %s', (_, text) => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    const shown = html(text)
    warn.mockRestore()
    expect(shown).toContain(`<p class="whitespace-pre-wrap">${text.replaceAll('>', '&gt;')}</p>`)
  })

  it('can be prepared ahead of its turn', async () => {
    const warn = vi.spyOn(console, 'warn').mockImplementation(() => {})
    await expect(prepareMarkdown('- '.repeat(3000))).resolves.toBeUndefined()
    warn.mockRestore()
  })

  it('is still parsed where a person may have meant it', () => {
    expect(html('> '.repeat(20)).match(/<blockquote/g)).toHaveLength(20)
  })
})

describe('a long text', () => {
  it('is cut between paragraphs, not in code, and loses nothing', () => {
    const lines = fc.constantFrom('words\n', '\n', '```\n', '~~~~\n', '> ```\n', 'more words')
    fc.assert(
      fc.property(fc.array(lines, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (list, size) => {
        expect(textParts(list.join(''), size).join('')).toBe(list.join(''))
      }),
    )
    expect(textParts('a\n\n```\nb\n\nc\n```\n\nd', 1)).toEqual(['a\n\n', '```\nb\n\nc\n```\n\n', 'd'])
  })
})
