import { expect, it } from 'vitest'
import { readSources, withHeaders } from './sources.ts'

it('takes what a source includes, also by way of other headers, and nothing else', () => {
  const texts = new Map([
    ['a.cc', '#include <vector>\n\n#include "b.h"\n  # include "c.h"\n// "d.h"\n'],
    ['b.h', '#pragma once\n#include "c.h"\n'],
    ['c.h', '#include "b.h"\n#include "elsewhere.h"\n'],
    ['d.h', ''],
  ])
  expect(withHeaders('a.cc', texts)).toEqual(['a.cc', 'b.h', 'c.h'])
  expect(withHeaders('d.h', texts)).toEqual(['d.h'])
})

it('finds a use for every header of the addon, and a file for all that it includes', () => {
  const texts = readSources()
  const sources = [...texts.keys()].filter((name) => name.endsWith('.cc'))
  expect([...new Set(sources.flatMap((name) => withHeaders(name, texts)))].sort()).toEqual([...texts.keys()])
  const included = [...texts.values()].flatMap((text) => [...text.matchAll(/#include "([^"]+)"/g)])
  expect(included.length).toBeGreaterThan(0)
  expect(included.filter(([, header]) => !texts.has(header!))).toEqual([])
})
