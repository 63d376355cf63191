import { expect, it } from 'vitest'
import { highlight, highlighted } from './highlight.ts'

const code = 'def f(x):\n    # half\n    return x / 2\n'

it('colours code by its language or a short name of it, and loses no character', async () => {
  for (const language of ['python', 'py', 'PY']) {
    const lines = await highlight(code, language)
    expect(lines!.map((line) => line.map(({ content }) => content).join('')).join('\n')).toBe(code)
    expect(lines![0]![0]).toMatchObject({ content: 'def', color: 'var(--code-token-keyword)' })
  }
})

it('remembers what it has coloured', async () => {
  expect(highlighted('1 + 1', 'js')).toBeNull()
  const lines = await highlight('1 + 1', 'js')
  expect(highlighted('1 + 1', 'js')).toBe(lines)
})

it('leaves unknown languages and endless code as they are', async () => {
  expect(await highlight(code, 'brainmelt')).toBeNull()
  expect(await highlight(code, 'constructor')).toBeNull()
  expect(await highlight('x = 1\n'.repeat(4000), 'python')).toBeNull()
})
