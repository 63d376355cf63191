import * as tf from '@tensorflow/tfjs-core'
import type {
  FusedAdamUpdate,
  FusedDecodeRequest,
  FusedKernels,
  FusedResponses,
} from '#trainer/engine/fused.ts'
import { adapterScale } from '#trainer/nn/adapter.ts'
import { isTrainable } from '#trainer/nn/lora.ts'
import { rotary } from '#trainer/nn/rotary.ts'
import { headOf, type Parameters, parameterShapes, type TransformerConfig } from '#trainer/nn/transformer.ts'
import type { Slot } from './addon.ts'
import type { TorchBackend } from './backend.ts'
import type { NetworkShape } from './fused-functions.ts'
import { kernelError } from './kernels/register.ts'

type Save = (tensors: tf.Tensor[]) => void
type Differentiable = { value: tf.Tensor; gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => tf.Tensor[] }

/** The fused kernels of the engine 'torch', over addon/{transformer,log-probs,adam,decode}.cc. */
export function createFused(backend: TorchBackend): FusedKernels {
  const { addon } = backend
  const bf16 = () => backend.precision === 'bf16'
  const slot = (tensor: tf.Tensor) => backend.slot(tensor)
  const slots = (tensors: tf.Tensor[]) => tensors.map(slot)
  const tensor = <T extends tf.Tensor>(made: Slot, shape: number[]): T =>
    tf.engine().makeTensorFromTensorInfo(backend.output(made, shape, 'float32')) as T

  return {
    hiddenStates(config, parameters, batch) {
      const names = bodyNames(config)
      const weights = names.map((name) => parameters.get(name)!)
      const learns = names.map((name) => isTrainable(config, name))
      const learners = weights.filter((_, i) => learns[i])
      const [B, T] = batch.tokens.shape
      const shape = [B, T, config.width]
      // The inputs are float32 in any case, so that integer masks have no gradient.
      return differentiable(learners, (save) => {
        const [hidden, graph] = named('TransformerForward', weights, () =>
          addon.transformerForward(
            networkShape(config),
            names,
            slots(weights),
            learns.map(Number),
            slot(batch.tokens),
            slot(batch.mask),
            batch.rightPadded ?? false,
            batch.checkpointing ?? false,
            isRecording(),
            bf16(),
          ),
        )
        if (graph !== undefined) save([tensor(graph, shape)])
        return {
          value: tensor(hidden, shape),
          gradFunc: (dy, [kept]) =>
            named('TransformerBackward', [dy], () =>
              addon.transformerBackward(slot(kept!), slot(dy), slots(learners)),
            ).map((gradient, i) => tensor(gradient, learners[i]!.shape)),
        }
      })
    },

    logProbsAndEntropy(hidden, head, tokens, temperature, headLearns) {
      const rows = hidden.shape[0]
      const learners = headLearns ? [hidden, head] : [hidden]
      return differentiable(learners, (save) => {
        const [both, logSumExp] = named('TokenLogProbs', [hidden, head, tokens], () =>
          addon.logProbs(slot(hidden), slot(head), slot(tokens), temperature, bf16()),
        )
        save([hidden, head, tokens, tensor(logSumExp, [rows])])
        return {
          value: tensor(both, [2, rows]),
          gradFunc: (dy, saved) => {
            const upstream = tf.reshape(tf.slice(dy, [0, 0], [1, rows]), [rows])
            const [h, w, t, sums] = slots(saved)
            return addon
              .logProbsBackward(slot(upstream), h!, w!, t!, sums!, temperature, bf16(), headLearns)
              .map((made, i) => tensor(made, learners[i]!.shape))
          },
        }
      })
    },

    klDivergence(hidden, head, reference, temperature, headLearns) {
      const rows = [hidden.shape[0]]
      const learners = headLearns ? [hidden, head] : [hidden]
      return differentiable(learners, (save) => {
        const made = named('TokenKl', [hidden, head, reference.hidden, reference.head], () =>
          addon.klDivergence(
            slot(hidden),
            slot(head),
            slot(reference.hidden),
            slot(reference.head),
            temperature,
            bf16(),
          ),
        )
        const [kl, ofP, ofQ] = made.map((each) => tensor(each, rows))
        save([hidden, head, reference.hidden, reference.head, kl!, ofP!, ofQ!])
        return {
          value: kl!,
          gradFunc: (dy, saved) => {
            const [h, w, rh, rw, d, p, q] = slots(saved)
            const back = addon.klDivergenceBackward(
              slot(dy),
              h!,
              w!,
              rh!,
              rw!,
              d!,
              p!,
              q!,
              temperature,
              bf16(),
              headLearns,
            )
            return back.map((made, i) => tensor(made, learners[i]!.shape))
          },
        }
      })
    },

    globalNorm: (gradients) => addon.globalNorm(slots(gradients)),

    adam(update: FusedAdamUpdate) {
      const { parameters, gradients, first, second, decays, form } = update
      for (const variable of [...parameters, ...first, ...second]) makeOwn(backend, variable)
      named('AdamW', gradients, () =>
        addon.adam(
          slots(parameters),
          slots(gradients),
          slots(first),
          slots(second),
          decays.map(Number),
          form === 'tensorflow',
          update.beta1,
          update.beta2,
          update.epsilon,
          update.weightDecay,
          update.learningRate,
          update.step,
        ),
      )
    },

    decode: (request) => decodeBy(backend, request),
  }
}

/** The fused decode; `onDevice` takes the way of a GPU on the CPU too, which is how it is tested without one. */
export function decodeBy(
  backend: TorchBackend,
  request: FusedDecodeRequest,
  { onDevice = false } = {},
): FusedResponses {
  const { config, parameters, rows, length, responseLength } = request
  const slots = (tensors: tf.Tensor[]) => tensors.map((tensor) => backend.slot(tensor))
  const places = rows * responseLength
  const tokens = new Int32Array(places)
  const logProbs = new Float32Array(places)
  const values = request.values ? new Float32Array(places) : null
  const lengths = new Int32Array(rows)
  const names = bodyNames(config)
  backend.addon.decode(
    networkShape(config),
    names,
    slots(names.map((name) => parameters.get(name)!)),
    backend.slot(headOf(config, parameters)),
    request.values ? slots(valueHead(parameters)) : [],
    [rows, length, responseLength],
    request.tokens,
    request.lengths,
    request.uniforms,
    request.temperature,
    request.topK,
    request.topP,
    request.stopAtEos,
    config.eosTokenId,
    backend.precision === 'bf16',
    onDevice,
    tokens,
    logProbs,
    values,
    lengths,
  )
  return { tokens, logProbs, lengths, ...(values && { values }) }
}

/** The parameters of the body: an untied head is none of them. */
function bodyNames(config: TransformerConfig): string[] {
  return [...parameterShapes(config).keys()].filter((name) => name !== 'lm_head.weight')
}

function networkShape(config: TransformerConfig): NetworkShape {
  const scale = config.adapter ? adapterScale(config.adapter) : 0
  if (config.architecture === 'gpt2') return { ...config, adapterScale: scale }
  const { frequencies, factor } = rotary(config)
  return { ...config, frequencies, ropeFactor: factor, adapterScale: scale }
}

function valueHead(parameters: Parameters): tf.Tensor[] {
  const weight = parameters.get('score.weight') ?? parameters.get('classifier.weight')
  const bias = parameters.get('classifier.bias')
  return [weight!, ...(bias ? [bias] : [])]
}

/** TensorFlow.js' customGrad with the inputs named once. */
function differentiable<T extends tf.Tensor>(
  inputs: tf.Tensor[],
  compute: (save: Save) => Differentiable,
): T {
  const custom = tf.customGrad((...args: unknown[]) => {
    const { value, gradFunc } = compute(args.at(-1) as Save)
    return { value, gradFunc }
  }) as (...tensors: tf.Tensor[]) => tf.Tensor
  return custom(...inputs) as T
}

/** Whether a gradient will be asked for: then the graph is kept. */
function isRecording(): boolean {
  return tf.engine().state.gradientDepth > 0
}

function named<T>(kernel: string, inputs: tf.Tensor[], compute: () => T): T {
  try {
    return compute()
  } catch (error) {
    throw kernelError(kernel, Object.fromEntries(inputs.slice(0, 4).entries()), error)
  }
}

/** Makes sure that changing the variable in place changes nothing else: not a clone, which shares its data, nor a view of its memory. */
function makeOwn(backend: TorchBackend, variable: tf.Variable): void {
  const data = backend.data(variable.dataId)
  if (data.references > 1) {
    const copy = backend.output(backend.addon.copy(data.slot), variable.shape, variable.dtype)
    const fresh = tf.engine().makeTensorFromTensorInfo(copy)
    variable.assign(fresh)
    fresh.dispose()
    return
  }
  backend.addon.own(data.slot)
}
