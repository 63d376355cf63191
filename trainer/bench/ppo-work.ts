import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type PpoSpec, parseSpec, type SpecInput } from '#trainer/config.ts'
import type { StepEvent } from '#trainer/events.ts'
import { makeModel, saveModel } from '#trainer/io/model-folder.ts'
import { addHead } from '#trainer/nn/heads.ts'
import { makeVariable, type Parameters } from '#trainer/nn/transformer.ts'
import { ppo } from '#trainer/recipes/ppo.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import type { Update, Variant } from './ppo-table.ts'
import type { Shape } from './shapes.ts'
import { makeParameters } from './work.ts'

/** Writes the folders of a policy and of a reward model of the same size, and as many prompts as a batch has rows. */
export async function writeModels(folder: string, shape: Shape): Promise<void> {
  const { model: config, promptLength, rows } = shape
  const tokenizer = makeTokenizer(trainBpe([], Object.keys(specialTokens).length + 256), {
    eos_token: specialTokens.end,
    pad_token: specialTokens.pad,
    chat_template: defaultChatTemplate,
  })
  for (const kind of ['policy', 'reward'] as const) {
    const parameters = neverEnding(makeParameters(config), config.eosTokenId)
    if (kind === 'reward') addHead(parameters, kind, config.width, 1)
    const model = makeModel(kind, config, parameters, tokenizer)
    await saveModel(join(folder, kind), model)
    model.dispose()
  }
  // Every letter is a token, and so is each of the template's.
  const letters = promptLength - tokenizer.encodePrompt('').length
  const lines = Array.from({ length: rows }, (_, row) => {
    const text = Array.from({ length: letters }, (_, i) =>
      String.fromCharCode(97 + ((row * 7 + i * 11) % 26)),
    )
    return `${JSON.stringify({ id: row, prompt: text.join('') })}\n`
  })
  writeFileSync(join(folder, 'prompts.jsonl'), lines.join(''))
}

/** The spec of updates of a shape. */
export function specOf(shape: Shape, folder: string, variant: Variant): PpoSpec {
  const spec: SpecInput<'ppo'> = {
    policy: join(folder, 'policy'),
    reward: join(folder, 'reward'),
    data: { train: join(folder, 'prompts.jsonl') },
    episodes: 1000 * shape.rows,
    batchSize: shape.rows,
    responseLength: shape.responseLength,
    // No response ends: what that costs is nothing that is measured here.
    missingEosRule: 'keep',
    learningRate: 1e-6,
    checkpointEvery: 0,
    samplesEvery: 0,
  }
  if (variant === 'defaults') return parseSpec('ppo', spec)
  return parseSpec('ppo', {
    ...spec,
    engine: 'torch',
    precision: variant,
    epochsPerBatch: 4,
    minibatches: 1,
    microBatchSize: shape.rows,
    valueModel: 'separate',
    valueInit: 'reward',
  })
}

/** The recipe itself, one update a call. Throws an Error where an update was not whole: a response ended, or a minibatch was skipped. */
export function startUpdates(
  spec: PpoSpec,
  folder: string,
): { update(): Promise<Update>; end(): Promise<unknown> } {
  const run = { out: join(folder, 'out'), resume: false, stopRequested: () => false }
  const events = ppo(spec, run)
  return {
    async update() {
      for (;;) {
        const { value: event, done } = await events.next()
        if (done) throw new Error('the run is over')
        if (event.type === 'step') return timesOf(event, spec)
      }
    },
    end: () => events.return(undefined),
  }
}

function timesOf({ metrics }: StepEvent, { responseLength }: PpoSpec): Update {
  const expected = {
    'response/length': responseLength,
    'val/num_eos_tokens': 0,
    'policy/skipped_minibatches': 0,
  }
  for (const [name, value] of Object.entries(expected))
    if (metrics[name] !== value) throw new Error(`${name} is ${metrics[name]}, expected ${value}`)
  return {
    rollout: metrics['time/rollout']!,
    score: metrics['time/score']!,
    train: metrics['time/train']!,
  }
}

/**
 * The same weights with a direction that all embeddings have in common and the one of EOS has turned round: behind the last norm every
 * state has it, so that EOS is far below all other logits. Blocks add little to the residual stream, or they would bury it.
 */
function neverEnding(parameters: Parameters, eosTokenId: number): Parameters {
  for (const [name, variable] of parameters) {
    if (variable.rank !== 2) continue
    const embeds = /\.wte\.|embed_tokens|lm_head/.test(name)
    const writes = /c_proj|o_proj|down_proj/.test(name)
    if (!embeds && !writes) continue
    const [rows, width] = variable.shape as [number, number]
    const values = Float32Array.from(variable.dataSync())
    for (let row = 0; row < rows; row++)
      for (let i = 0; i < width; i++) {
        const at = row * width + i
        if (writes) values[at]! *= 0.01
        // Of mean 0, which GPT-2's norms take away, and of length 1, or 3.
        else values[at]! += ((row === eosTokenId ? -3 : 1) * (i % 2 === 0 ? 1 : -1)) / Math.sqrt(width)
      }
    variable.dispose()
    parameters.set(name, makeVariable(values, variable.shape))
  }
  return parameters
}
