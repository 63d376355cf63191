import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { type OpenSafetensors, openSafetensors, readSafetensors, writeSafetensors } from './safetensors.ts'

const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = join(folder, 'a.safetensors')

function writeRaw(header: unknown, data: Uint8Array): void {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(json.length))
  writeFileSync(path, Buffer.concat([length, json, data]))
}
const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
})
const values = (name: string) => Array.from(readSafetensors(path).tensors.get(name)!.values)

describe('safetensors', () => {
  it('gives back what was written, whatever the names and shapes', () => {
    const tensor = fc.float32Array({ noNaN: true, maxLength: 12 })
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), tensor), (tensors) => {
        const written = Object.entries(tensors).filter(
          ([name]) => !['__metadata__', '__proto__'].includes(name),
        )
        writeSafetensors(
          path,
          written.map(([name, data]) => [name, { shape: [data.length], values: data }]),
        )
        const read = readSafetensors(path).tensors
        expect(read.size).toBe(written.length)
        for (const [name, data] of written)
          expect(read.get(name)).toEqual({ shape: [data.length], values: data })
      }),
    )
  })

  it('aligns the data to 8 bytes and keeps metadata and integers', () => {
    writeSafetensors(path, [['a', { shape: [2], values: Int32Array.of(-1, 7) }]], { format: 'pt' })
    expect(readFileSync(path).readBigUInt64LE() % 8n).toBe(0n)
    expect(readSafetensors(path).metadata).toEqual({ format: 'pt' })
    expect(values('a')).toEqual([-1, 7])
  })

  it('widens half, bfloat and 64-bit integers', () => {
    // 1.5 is 0x3e00 in F16 and 0x3fc0 in BF16
    const data = Buffer.from('003e' + 'c03f' + 'feffffffffffffff', 'hex')
    writeRaw(
      { h: entry('F16', [1], 0, 2), b: entry('BF16', [1, 1], 2, 4), i: entry('I64', [1], 4, 12) },
      data,
    )
    expect([values('h'), values('b'), values('i')]).toEqual([[1.5], [1.5], [-2]])
  })

  it('reads the wanted tensors only', () => {
    writeRaw({ a: entry('F32', [1], 0, 4), b: entry('U8', [1], 4, 5) }, new Uint8Array(5))
    expect([...readSafetensors(path, (name) => name === 'a').tensors.keys()]).toEqual(['a'])
    expect(() => readSafetensors(path)).toThrow(/tensor b is U8/)
  })

  it.each([
    ['no JSON', 'nonsense', 0, /header is no JSON/],
    ['a list', [], 0, /no JSON object/],
    ['truncated data', { a: entry('F32', [2], 0, 8) }, 4, /a ends at 8, the data at 4: it is truncated/],
    ['a wrong size', { a: entry('F32', [3], 0, 8) }, 8, /a of shape \[3\] F32 has 8 bytes, expected 12/],
    ['an overlap', { a: entry('F32', [2], 0, 8), b: entry('F32', [1], 4, 8) }, 8, /a and b overlap/],
    ['offsets backwards', { a: entry('F32', [1], 8, 4) }, 8, /data_offsets \[8,4\]/],
    ['a negative shape', { a: entry('F32', [-1], 0, 4) }, 4, /no dtype and shape/],
  ])('refuses a file with %s', (_, header, bytes, message) => {
    writeRaw(header, new Uint8Array(bytes))
    expect(() => readSafetensors(path)).toThrow(message)
  })

  it('refuses a file cut short anywhere in its header', () => {
    writeSafetensors(path, [['a', { shape: [1], values: Float32Array.of(1) }]])
    for (const length of [40, 9, 5, 0]) {
      truncateSync(path, length)
      expect(() => readSafetensors(path)).toThrow(expect.objectContaining({ code: 'SAFETENSORS_INVALID' }))
    }
  })

  it('reads the same from memory where the engine maps files, and still does when the file is replaced', async () => {
    const half = Buffer.from('003e' + 'c03f' + '0000a03f' + 'feffffff', 'hex') // 1.5 in F16 and in BF16, 1.25, −2
    const header = {
      ...{ h: entry('F16', [1], 0, 2), b: entry('BF16', [1], 2, 4) },
      ...{ f: entry('F32', [1], 4, 8), i: entry('I32', [1], 8, 12) },
    }
    const all = (file: OpenSafetensors) => ['h', 'b', 'f', 'i'].map((name) => file.read(name).values[0])
    writeRaw(header, half)
    await startEngine('auto')
    for (const pad of ['', ' ', '  ', '   ']) {
      // Data at any place of the file, whatever the width of its numbers.
      writeRaw(JSON.stringify(header) + pad, half)
      const file = openSafetensors(path)
      expect(all(file)).toEqual([1.5, 1.5, 1.25, -2])
      file.close()
    }
    const file = openSafetensors(path)
    const { values: kept } = file.read('f')
    writeSafetensors(path, [['a', { shape: [1], values: Float32Array.of(7) }]])
    expect([kept[0], ...all(file)]).toEqual([1.25, 1.5, 1.5, 1.25, -2])
    file.close()
  })
})
