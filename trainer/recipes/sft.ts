import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import type { SftSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel, type Model, makeModel } from '#trainer/io/model-folder.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { initialiseTransformer, type TransformerConfig } from '#trainer/nn/transformer.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer, type Tokenizer } from '#trainer/text/tokenizer.ts'
import { emptyPrompt, epochBatches, example, promptText, readData } from './data.ts'
import { descend, differentiate } from './learn.ts'
import {
  checkpointEvent,
  findCheckpoint,
  finite,
  type Run,
  restore,
  saveArtifact,
  sha256OfData,
  shouldStop,
  unsupported,
} from './run.ts'
import { inParts, measureLogProbs, responseLogProbs, type Sequence } from './sequences.ts'

type Example = { prompt: Parameters<typeof promptText>[0]; completion: string }

/**
 * Supervised fine-tuning: maximises the likelihood of completions given their prompts, from a new model or an existing one.
 * Throws EMPTY_DATA, PROMPT_EMPTY, DIVERGED, DISK_FULL, and what reading data and models throws. Source: InstructGPT, section 3.5.
 */
export async function* sft(spec: SftSpec, run: Run): AsyncGenerator<TrainerEvent> {
  // 1. Data, and the model: where the run stopped, the one given, or a new one with a tokenizer trained on the data.
  const examples = await readData(spec.data.train, example)
  const { checkpoint, logs } = findCheckpoint(run)
  yield* [...logs, ...unsupported(spec)]
  let lastGood = checkpoint
  const model = checkpoint
    ? await loadModel(join(checkpoint.path, 'policy'), 'policy')
    : 'path' in spec.model
      ? await loadModel(spec.model.path, 'policy')
      : newModel(spec.model.init, examples, spec.seed)
  const limit = Math.min(spec.maxLength ?? Number.POSITIVE_INFINITY, model.config.maxPositions)
  const encodeAll = (path: string, all: readonly Example[]) =>
    all.map((each, i) => encode(model.tokenizer, each, spec.completionOnly, `example ${i + 1} of ${path}`))
  const all = encodeAll(spec.data.train, examples)
  const sequences = all.filter(({ query, response }) => query.length + response.length <= limit)
  if (sequences.length < all.length)
    yield {
      type: 'log',
      level: 'warn',
      message: `left out ${all.length - sequences.length} of ${all.length} examples longer than ${limit} tokens`,
    }
  if (sequences.length === 0)
    throw new WhetstoneError(
      'EMPTY_DATA',
      `all ${all.length} examples of ${spec.data.train} are longer than ${limit} tokens`,
      'Raise maxLength or maxPositions, or shorten the examples.',
    )
  const heldOut = spec.data.eval
    ? encodeAll(spec.data.eval, await readData(spec.data.eval, example)).filter(
        ({ query, response }) => query.length + response.length <= limit,
      )
    : []

  // 2. Optimiser and order. Everything drawn depends on the seed and the step alone.
  const adam = createAdam(model.trainable, {
    form: spec.adamForm,
    beta1: spec.adamBeta1,
    beta2: spec.adamBeta2,
    epsilon: spec.adamEpsilon,
  })
  const lengths = sequences.map(({ query, response }) => query.length + response.length)
  const batchesPerEpoch = Math.ceil(sequences.length / spec.batchSize)
  const total = Math.max(1, Math.round(spec.epochs * batchesPerEpoch))
  const trained = {
    models: { policy: model },
    optimisers: { policy: adam },
    order: {
      seed: spec.seed,
      batchSize: spec.batchSize,
      steps: total,
      'sha256 of the data': sha256OfData(sequences),
    },
  }
  if (checkpoint) restore(checkpoint, trained)
  let batches: number[][] = []
  let batchesOf = -1
  let last: Record<string, number> = {}

  for (let step = (checkpoint?.step ?? 0) + 1; step <= total; step++) {
    const started = performance.now()
    const epoch = Math.floor((step - 1) / batchesPerEpoch)
    if (epoch !== batchesOf) {
      batches = epochBatches(lengths, { seed: spec.seed, epoch, size: spec.batchSize })
      batchesOf = epoch
    }

    // 3. The mean of −log p over the tokens of the whole batch, by micro-batches.
    const batch = batches[(step - 1) % batchesPerEpoch]!.map((index) => sequences[index]!)
    const tokens = countTokens(batch)
    const learned = differentiate(
      model.trainable,
      inParts(batch, spec.microBatchSize).map((part) => () => {
        const both = responseLogProbs(model, part, 1, { checkpointing: spec.activationCheckpointing })
        const logProbs = tf.slice(both, [0, 0], [1, -1])
        return tf.div(tf.sum(logProbs), -tokens) as tf.Scalar
      }),
    )
    const learningRate = spec.learningRate * learningRateFactor(step - 1, total, spec)
    const norm = descend(adam, learned, { maxGradNorm: spec.maxGradNorm, learningRate, step, lastGood })

    // 4. Report.
    const metrics: Record<string, number> = {
      loss: learned.loss,
      lr: learningRate,
      epoch: step / batchesPerEpoch,
      grad_norm: norm,
      tokens_per_second: (tokens / (performance.now() - started)) * 1000,
    }
    const evaluates = spec.evalEvery > 0 && step % spec.evalEvery === 0
    if (heldOut.length > 0 && (evaluates || step === total)) {
      metrics['eval/loss'] = evaluate(model, heldOut, spec.microBatchSize)
      metrics['eval/perplexity'] = Math.min(Math.exp(metrics['eval/loss']), Number.MAX_VALUE)
    }
    yield { type: 'step', step, total, metrics: finite(metrics, step, lastGood) }
    last = metrics

    // 5. Checkpoint, and stop where asked.
    const stops = step < total && (await shouldStop(run))
    if (stops || (spec.checkpointEvery > 0 && step % spec.checkpointEvery === 0 && step < total)) {
      const saved = await checkpointEvent(run, step, trained, {}, lastGood)
      lastGood = saved.checkpoint
      yield saved.event
    }
    if (stops) {
      yield { type: 'stopped', step }
      return
    }
  }

  // 6. The model.
  const summary: Record<string, number> = {
    examples: sequences.length,
    steps: total,
    parameters: countParameters(model),
  }
  if (last.loss !== undefined) summary.loss = last.loss
  if (last['eval/loss'] !== undefined) summary.evalLoss = last['eval/loss']
  yield {
    type: 'done',
    artifacts: [await saveArtifact(run, 'model', model, { step: total, lastGood })],
    summary,
  }
  adam.dispose()
  model.dispose()
}

/** A transformer by the shape asked for, with byte-level BPE trained on the prompts and completions. */
function newModel(
  { layers, width, heads, vocabSize, maxPositions }: Extract<SftSpec['model'], { init: unknown }>['init'],
  examples: readonly Example[],
  seed: number,
): Model {
  const json = trainBpe(
    examples.flatMap(({ prompt, completion }) => [promptText(prompt), completion]),
    vocabSize,
  )
  const tokenizer = makeTokenizer(json, {
    eos_token: specialTokens.end,
    pad_token: specialTokens.pad,
    chat_template: defaultChatTemplate,
  })
  const config: TransformerConfig = {
    architecture: 'gpt2',
    vocabSize: tokenizer.vocabSize,
    maxPositions,
    width,
    layers,
    heads,
    mlpWidth: 4 * width,
    normEpsilon: 1e-5,
    eosTokenId: tokenizer.eosTokenId,
    padTokenId: tokenizer.padTokenId,
    bosTokenId: tokenizer.bosTokenId,
  }
  return makeModel('policy', config, initialiseTransformer(config, seed), tokenizer)
}

function encode(
  tokenizer: Tokenizer,
  { prompt, completion }: Example,
  completionOnly: boolean,
  name: string,
): Sequence {
  const query = tokenizer.encodePrompt(prompt)
  if (query.length === 0) throw emptyPrompt(name)
  const response = tokenizer.encodeCompletion(completion)
  // The first token of all has no context to be predicted from.
  return completionOnly
    ? { query, response }
    : { query: query.slice(0, 1), response: [...query.slice(1), ...response] }
}

/** The mean of −log p over all response tokens, in nats. */
function evaluate(model: Model, sequences: readonly Sequence[], size: number): number {
  const { logProbs } = measureLogProbs(model, sequences, { temperature: 1, size })
  return -logProbs.reduce((sum, value) => sum + value, 0) / logProbs.length
}

function countTokens(sequences: readonly Sequence[]): number {
  return sequences.reduce((sum, { response }) => sum + response.length, 0)
}

function countParameters(model: Model): number {
  return [...model.parameters.values()].reduce((sum, variable) => sum + variable.size, 0)
}
