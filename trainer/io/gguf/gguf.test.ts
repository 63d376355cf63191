import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { tokenLogits } from '#trainer/nn/transformer.ts'
import { loadModel, type Model } from '../model-folder.ts'
import { formats } from './dequantise.ts'
import { importGguf } from './import.ts'
import { tokenizerFromGguf } from './tokenizer.ts'

const fixture = (name: string) => new URL(`fixtures/${name}`, import.meta.url)
const json = (name: string) => JSON.parse(readFileSync(fixture(name), 'utf8'))
const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(() => startEngine('auto'))

function lastLogits({ config, parameters }: Model, ids: number[]): number[] {
  return tf.tidy(() => {
    const mask = tf.ones([1, ids.length]) as tf.Tensor2D
    const batch = { tokens: tf.tensor2d([ids], undefined, 'int32'), mask }
    const logits = tokenLogits(config, parameters, hiddenStates(config, parameters, batch))
    return Array.from(logits.dataSync()).slice(-config.vocabSize)
  })
}

describe('blocks of numbers are widened to what gguf-py makes of them, bit for bit', () => {
  it.each(json('blocks.json') as { type: string; bytes: string; values: string }[])(
    '$type',
    ({ type, bytes, values }) => {
      const source = Buffer.from(bytes, 'base64')
      const expected = new Float32Array(new Uint8Array(Buffer.from(values, 'base64')).buffer)
      const target = new Float32Array(expected.length)
      formats[type]!.widen(new DataView(source.buffer, source.byteOffset, source.length), target)
      expect(target).toEqual(expected)
    },
  )
})

describe('a GGUF file', () => {
  const { ids, ...logits } = json('logits.json') as Record<string, number[]>

  it.each(['llama', 'gpt2'])('of a %s becomes a folder with the logits of transformers', async (name) => {
    const out = join(folder, name)
    await importGguf(fixture(`${name}.gguf`).pathname, out)
    const model = await loadModel(out, 'policy')
    const ours = lastLogits(model, ids!)
    const scale = Math.max(...logits[name]!.map(Math.abs))
    for (const [i, expected] of logits[name]!.entries())
      expect(Math.abs(ours[i]! - expected) / scale).toBeLessThan(1e-5)
    // Words, by the merges; the first token is what Llama puts before a text.
    const { tokenizer } = model
    expect(tokenizer.encodePrompt(' the in').map((id) => tokenizer.pieces([id])[0])).toEqual([
      ...(name === 'llama' ? ['<|start|>'] : []),
      ...[' the', ' ', 'in'],
    ])
    expect(model.config).toMatchObject({ eosTokenId: 0, bosTokenId: 1, maxPositions: 64, normEpsilon: 1e-5 })
    model.dispose()
  })

  it('keeps 16 bits where all of it has them, and is float32 where it was packed', async () => {
    expect((await loadModel(join(folder, 'gpt2'), 'policy')).storedAs).toBe('fp16')
    expect((await loadModel(join(folder, 'llama'), 'policy')).storedAs).toBe('fp32')
  })

  it('is refused where it is cut short or something else', async () => {
    const cut = join(folder, 'cut.gguf')
    copyFileSync(fixture('llama.gguf'), cut)
    truncateSync(cut, 20_000)
    await expect(importGguf(cut, join(folder, 'never'))).rejects.toThrow(
      expect.objectContaining({
        code: 'GGUF_INVALID',
        message: expect.stringMatching(/tensor .* it is truncated/),
      }),
    )
    writeFileSync(cut, 'no model at all, but long enough to be one')
    await expect(importGguf(cut, join(folder, 'never'))).rejects.toThrow(
      expect.objectContaining({ code: 'GGUF_INVALID' }),
    )
  })

  it('is refused where its numbers are big-endian', async () => {
    const turned = join(folder, 'turned.gguf')
    const bytes = readFileSync(fixture('llama.gguf'))
    bytes.writeUInt32BE(bytes.readUInt32LE(4), 4)
    writeFileSync(turned, bytes)
    await expect(importGguf(turned, join(folder, 'never'))).rejects.toThrow(
      expect.objectContaining({ code: 'MODEL_UNSUPPORTED', message: `${turned} is a big-endian GGUF file` }),
    )
  })

  it('begins texts with BOS by its splits where it does not say', () => {
    const begins = (pre: string, add_bos_token?: boolean) => {
      const fields = { model: 'gpt2', pre, tokens: ['a', '<s>'], token_type: [1, 3], merges: [] }
      const all = { ...fields, bos_token_id: 1, add_bos_token }
      const metadata = Object.fromEntries(
        Object.entries(all).map(([key, value]) => [`tokenizer.ggml.${key}`, value]),
      )
      return tokenizerFromGguf('x.gguf', metadata).json.post_processor !== null
    }
    expect([begins('llama-bpe'), begins('llama-bpe', false)]).toEqual([true, false])
    expect([begins('qwen2'), begins('qwen2', true)]).toEqual([false, true])
  })

  it('is refused for a tokenizer that is not read, by its name', () => {
    const read = (metadata: Record<string, unknown>) => () => tokenizerFromGguf('x.gguf', metadata)
    expect(read({ 'tokenizer.ggml.model': 'llama' })).toThrow(/x.gguf has tokenizer.ggml.model "llama"/)
    expect(read({ 'tokenizer.ggml.model': 'gpt2', 'tokenizer.ggml.pre': 'tekken' })).toThrow(
      /tokenizer.ggml.pre "tekken"/,
    )
  })
})
