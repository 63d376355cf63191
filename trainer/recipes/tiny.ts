import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { onTestFinished, test } from 'vitest'
import type { DoneEvent, StepEvent, TrainerEvent } from '#trainer/events.ts'
import { saveAdapter } from '#trainer/io/adapter-folder.ts'
import { loadModel, type Model, makeModel, saveModel } from '#trainer/io/model-folder.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { hiddenStates } from '#trainer/nn/hidden-states.ts'
import { initialiseTransformer, type TransformerConfig } from '#trainer/nn/transformer.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { adapt } from './adapter.ts'
import type { Run } from './run.ts'

/** Models and data small enough that the tests of the recipes take seconds. */

/** A folder that is removed when the test ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'trainer-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

export function writeLines(folder: string, name: string, lines: readonly unknown[]): string {
  const path = join(folder, name)
  writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
  return path
}

/** Whether a run stops is decided by how many steps it has reported: after `steps` of them. */
export function runIn(
  out: string,
  { resume = false, steps = Number.POSITIVE_INFINITY } = {},
): Run & { seen: number } {
  const run = { out, resume, seen: 0, stopRequested: () => run.seen >= steps }
  return run
}

/** All events of a recipe; counts its steps for `runIn`. */
export async function play(
  events: AsyncGenerator<TrainerEvent>,
  run: { seen: number },
): Promise<TrainerEvent[]> {
  const all: TrainerEvent[] = []
  for await (const event of events) {
    if (event.type === 'step' && event.step > 0) run.seen++
    all.push(event)
  }
  return all
}

export function stepsOf(events: readonly TrainerEvent[]): StepEvent[] {
  return events.filter((event) => event.type === 'step')
}

export function doneOf(events: readonly TrainerEvent[]): DoneEvent {
  return events.find((event) => event.type === 'done')!
}

export const init = { layers: 1, width: 16, heads: 2, vocabSize: 280, maxPositions: 48 }

const usual = ['good day', 'bad day', 'yes', 'no', 'please', 'thanks']

/** A policy of one layer, with bytes and the words above as tokens. */
export function tinyPolicy(seed = 1, words = usual): Model {
  const tokenizer = makeTokenizer(trainBpe([...words, ...words], init.vocabSize), {
    eos_token: specialTokens.end,
    pad_token: specialTokens.pad,
    chat_template: defaultChatTemplate,
  })
  const config: TransformerConfig = {
    architecture: 'gpt2',
    vocabSize: tokenizer.vocabSize,
    maxPositions: init.maxPositions,
    width: init.width,
    layers: init.layers,
    heads: init.heads,
    mlpWidth: 4 * init.width,
    normEpsilon: 1e-5,
    eosTokenId: tokenizer.eosTokenId,
    padTokenId: tokenizer.padTokenId,
    bosTokenId: null,
  }
  return makeModel('policy', config, initialiseTransformer(config, seed), tokenizer)
}

/** The folder of a policy, and of a reward model that prefers responses that end with the token of `letter`. */
export async function tinyModels(folder: string, letter = 'a'): Promise<{ policy: string; reward: string }> {
  const policy = tinyPolicy()
  await saveModel(join(folder, 'policy'), policy)
  const parameters = initialiseTransformer(policy.config, 2)
  addHead(parameters, 'reward', policy.config.width, 2)
  const wanted = policy.tokenizer.encode(letter)
  // The head points at what the backbone makes of the wanted token, so its score is the highest of all.
  const direction = tf.tidy(() => {
    const hidden = hiddenStates(policy.config, parameters, {
      tokens: tf.tensor2d([wanted], [1, 1], 'int32'),
      mask: tf.ones([1, 1]),
    })
    return tf.div(tf.reshape(hidden, [1, policy.config.width]), 4)
  })
  parameters.get('score.weight')!.assign(direction)
  direction.dispose()
  const reward = makeModel('reward', policy.config, parameters, policy.tokenizer)
  await saveModel(join(folder, 'reward'), reward)
  policy.dispose()
  reward.dispose()
  return { policy: join(folder, 'policy'), reward: join(folder, 'reward') }
}

/** The folders of a policy and of a reward model that are adapters of rank 3 on one base, and that change what it computes. */
export async function tinyAdapters(
  folder: string,
  base: string,
): Promise<{ policy: string; reward: string }> {
  const folderOf = async (kind: 'policy' | 'reward') => {
    const model = await loadModel(base, kind, { seed: 3 })
    adapt(model, { rank: 3, alpha: 6, targets: 'all-linear' }, 4)
    for (const [name, variable] of model.trainable)
      if (name.endsWith('lora_B.weight')) tf.tidy(() => variable.assign(tf.fill(variable.shape, 0.1)))
    const path = join(folder, `${kind}-adapter`)
    await saveAdapter(path, model, { base })
    model.dispose()
    return path
  }
  return { policy: await folderOf('policy'), reward: await folderOf('reward') }
}

/** A test of a whole training: in plain JavaScript it would take a minute, and the other engines do it too. */
export const training = test.skipIf(process.env.WHETSTONE_ENGINE === 'cpu')
