import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { startEngine } from '#trainer/engine/start.ts'
import type { ModelKind } from '#trainer/io/config-reader.ts'
import { loadModel, type Model } from '#trainer/io/model-folder.ts'
import { scalarHead } from '#trainer/nn/heads.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { generate } from '#trainer/nn/rollout.ts'
import { tokenLogits } from '#trainer/nn/transformer.ts'
import type { Message } from '#trainer/text/chat.ts'

/**
 * node scripts/parity/dump.ts FOLDER… [--engine torch]: writes FOLDER.dump.json, what Whetstone makes of a model folder, for check.py to hold against
 * transformers: tokens of texts, rendered conversations, logits (or the scores of a classifier), greedy continuations.
 */

const { texts, conversations }: { texts: string[]; conversations: Message[][] } = JSON.parse(
  readFileSync(new URL('texts.json', import.meta.url), 'utf8'),
)

/** The last hidden states' logits, or a classifier's scores, of one row of tokens, as a flat list. */
function outputs({ kind, config, parameters }: Model, tokens: number[]): number[] {
  return tf.tidy(() => {
    const batch = {
      tokens: tf.tensor2d([tokens], [1, tokens.length], 'int32'),
      mask: tf.ones([1, tokens.length]) as tf.Tensor2D,
      rightPadded: true,
    }
    const hidden = hiddenStates(config, parameters, batch)
    return Array.from(
      (kind === 'policy'
        ? tokenLogits(config, parameters, hidden)
        : scalarHead(parameters, hidden)
      ).dataSync(),
    )
  })
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { engine: { type: 'string', default: 'auto' } },
})
if (positionals.length === 0) throw new Error('give the folders of models')
const engine = await startEngine(values.engine as 'auto')
for (const folder of positionals) await dump(folder)

function kindOf(folder: string): ModelKind {
  const json = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8'))
  const adapter = existsSync(join(folder, 'adapter_config.json'))
  const name: string = adapter ? json('adapter_config.json').task_type : json('config.json').architectures[0]
  if (/SequenceClass|SEQ_CLS/.test(name)) return 'reward'
  return /TokenClass|TOKEN_CLS/.test(name) ? 'value' : 'policy'
}

async function dump(folder: string): Promise<void> {
  const kind = kindOf(folder)
  const model = await loadModel(folder, kind)
  const { tokenizer } = model
  const tokens = texts.map((text) => tokenizer.encode(text))
  const chats = conversations.map((messages) => ({
    text: tokenizer.renderPrompt(messages),
    tokens: tokenizer.encodePrompt(messages),
  }))
  const prompts = [tokens[0]!, tokens[1]!, ...chats.map((chat) => chat.tokens)].map((row) => row.slice(0, 48))
  const greedy =
    kind === 'policy'
      ? generate(model, prompts, {
          responseLength: 24,
          temperature: 1,
          topK: 1,
          topP: 1,
          seed: 1,
          step: 0,
          stopAtEos: true,
        }).responses
      : []
  writeFileSync(
    `${folder}.dump.json`,
    JSON.stringify({
      engine: `${engine.name} ${engine.precision}`,
      tokens,
      decoded: tokens.map((row) => tokenizer.decode(row)),
      chats,
      prompts,
      outputs: prompts.map((row) => outputs(model, row)),
      greedy,
    }),
  )
  model.dispose()
}
