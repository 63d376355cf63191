import * as tf from '@tensorflow/tfjs-core'
import type { SftSpec } from '#trainer/config.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TrainerEvent } from '#trainer/events.ts'
import { loadModel, type Model, makeModel } from '#trainer/io/model-folder.ts'
import { createAdam } from '#trainer/nn/adam.ts'
import { initialiseTransformer, type Parameters, type TransformerConfig } from '#trainer/nn/transformer.ts'
import { learningRateFactor } from '#trainer/rlhf/schedule.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import { adaptOnce, carrying, fingerprint, saveTrained, wholeModel } from './adapter.ts'
import { epochBatches } from './data.ts'
import {
  countLearned,
  type Example,
  encodeExamples,
  inRows,
  learnedLogProbs,
  meanLoss,
  packed,
  readExamples,
} from './examples.ts'
import { descend, differentiate } from './learn.ts'
import {
  checkpointEvent,
  findCheckpoint,
  finite,
  type Run,
  recovering,
  restore,
  sha256OfData,
  shouldStop,
  type Trained,
  unsupported,
} from './run.ts'
import { inParts } from './sequences.ts'

/**
 * Supervised fine-tuning: maximises the likelihood of completions given their prompts, from a new model or an existing one.
 * Throws EMPTY_DATA, PROMPT_EMPTY, NO_ASSISTANT_TURN, CHAT_TEMPLATE_CHANGES, DIVERGED, DISK_FULL, and what reading data and models throws. Source: InstructGPT, section 3.5.
 */
export const sft = recovering(async function* (spec: SftSpec, run: Run, open): AsyncGenerator<TrainerEvent> {
  // 1. Data, and the model: where the run stopped, the one given, or a new one with a tokenizer trained on the data.
  const { lines, texts } = await readExamples(spec.data.train)
  const { checkpoint, logs } = findCheckpoint(run)
  yield* [...logs, ...unsupported(spec)]
  let lastGood = checkpoint
  const start = 'path' in spec.model ? spec.model.path : null
  const from = wholeModel(checkpoint, 'policy') ?? start
  const model = open(
    'init' in spec.model && !from
      ? newModel(spec.model.init, texts, spec.seed)
      : await loadModel(from!, 'policy'),
  )
  yield* adaptOnce(model, spec.lora, spec.seed)
  const { adapter } = model.config
  const limit = Math.min(spec.maxLength ?? Number.POSITIVE_INFINITY, model.config.maxPositions)
  const fits = ({ tokens }: Example) => tokens.length <= limit
  const all = encodeExamples(model.tokenizer, spec.data.train, lines, spec)
  const examples = all.filter(fits)
  const held = spec.data.eval ? (await readExamples(spec.data.eval)).lines : []
  const heldOut = encodeExamples(model.tokenizer, spec.data.eval ?? '', held, spec).filter(fits)
  if (examples.length + heldOut.length < all.length + held.length) {
    const ofHeldOut =
      heldOut.length < held.length
        ? ` and ${held.length - heldOut.length} of ${held.length} held-out ones`
        : ''
    yield {
      type: 'log',
      level: 'warn',
      message: `left out ${all.length - examples.length} of ${all.length} examples${ofHeldOut} longer than ${limit} tokens`,
    }
  }
  if (examples.length === 0)
    throw new WhetstoneError(
      'EMPTY_DATA',
      `all ${all.length} examples of ${spec.data.train} are longer than ${limit} tokens`,
      'Raise maxLength or maxPositions, or shorten the examples.',
    )

  // 2. Optimiser and order. Everything drawn depends on the seed and the step alone.
  const adam = open(
    createAdam(model.trainable, {
      form: spec.adamForm,
      beta1: spec.adamBeta1,
      beta2: spec.adamBeta2,
      epsilon: spec.adamEpsilon,
      weightDecay: spec.weightDecay,
    }),
  )
  const lengths = examples.map(({ tokens }) => tokens.length)
  const batchesPerEpoch = Math.ceil(examples.length / spec.batchSize)
  const total = Math.max(1, Math.round(spec.epochs * batchesPerEpoch))
  const trained: Trained = {
    models: adapter ? {} : { policy: model },
    optimisers: { policy: adapter ? carrying(adam, model.trainable) : adam },
    order: {
      seed: spec.seed,
      batchSize: spec.batchSize,
      packing: String(spec.packing),
      steps: total,
      'sha256 of the data': sha256OfData(examples),
      ...(adapter && { lora: JSON.stringify(adapter), 'sha256 of the base': fingerprint(model) }),
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
    const batch = batches[(step - 1) % batchesPerEpoch]!.map((index) => examples[index]!)
    const rows = spec.packing ? packed(batch, limit) : inRows(batch)
    const tokens = countLearned(batch)
    const learned = differentiate(
      model.trainable,
      inParts(rows, spec.microBatchSize).map((part) => () => {
        const logProbs = learnedLogProbs(model, part, { checkpointing: spec.activationCheckpointing })
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
      metrics['eval/loss'] = meanLoss(model, heldOut, spec.microBatchSize)
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
    examples: examples.length,
    steps: total,
    parameters: countParameters(model.parameters),
  }
  if (adapter) summary.trainable = countParameters(model.trainable)
  if (last.loss !== undefined) summary.loss = last.loss
  if (last['eval/loss'] !== undefined) summary.evalLoss = last['eval/loss']
  const { artifact, logs: notes } = await saveTrained(run, model, {
    from: start,
    step: total,
    lastGood,
  })
  yield* notes
  yield { type: 'done', artifacts: [artifact], summary }
})

/** A transformer by the shape asked for, with byte-level BPE trained on those texts. */
function newModel(
  { layers, width, heads, vocabSize, maxPositions }: Extract<SftSpec['model'], { init: unknown }>['init'],
  texts: readonly string[],
  seed: number,
): Model {
  const json = trainBpe(texts, vocabSize)
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

function countParameters(parameters: Parameters): number {
  return [...parameters.values()].reduce((sum, variable) => sum + variable.size, 0)
}
