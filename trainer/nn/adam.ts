import * as tf from '@tensorflow/tfjs-core'
import type { AdamForm } from '#trainer/engine/fused.ts'
import { WhetstoneError } from '#trainer/errors.ts'
import { fusedKernels } from './fused.ts'
import type { Gradients } from './gradients.ts'
import { makeVariable, type Parameters } from './transformer.ts'

export interface AdamOptions {
  form?: AdamForm
  beta1?: number
  beta2?: number
  /** 1e-5 by default, as OpenAI's RLHF and TRL. */
  epsilon?: number
  /** Decoupled (AdamW), on matrices only: p −= lr·weightDecay·p. */
  weightDecay?: number
}

export interface NamedTensor {
  shape: number[]
  values: Float32Array
}

export interface Adam {
  /** Moves the parameters that have a gradient. The gradients stay the caller's. */
  step(gradients: Gradients, learningRate: number): void
  /** The number of steps taken. */
  readonly steps: number
  /** The whole state by name ('adam.m.<parameter>', 'adam.v.<parameter>', 'adam.steps'), for a checkpoint. */
  exportState(): Map<string, NamedTensor>
  /** Goes on bit-exactly from an exported state. Throws CHECKPOINT_MISMATCH. */
  importState(state: Map<string, NamedTensor>): void
  dispose(): void
}

/** Adam over those parameters, which it changes in place. */
export function createAdam(parameters: Parameters, options: AdamOptions = {}): Adam {
  const { form = 'tensorflow', beta1 = 0.9, beta2 = 0.999, epsilon = 1e-5, weightDecay = 0 } = options
  const first = new Map<string, tf.Variable>()
  const second = new Map<string, tf.Variable>()
  for (const [name, { shape, size }] of parameters) {
    first.set(name, makeVariable(new Float32Array(size), shape))
    second.set(name, makeVariable(new Float32Array(size), shape))
  }
  let steps = 0

  return {
    get steps() {
      return steps
    },

    step(gradients, learningRate) {
      steps++
      const names = [...gradients.keys()]
      const decays = (name: string) => weightDecay > 0 && parameters.get(name)!.rank > 1
      const fused = fusedKernels()
      if (fused) {
        fused.adam({
          parameters: names.map((name) => parameters.get(name)!),
          gradients: [...gradients.values()],
          first: names.map((name) => first.get(name)!),
          second: names.map((name) => second.get(name)!),
          decays: names.map(decays),
          ...{ form, beta1, beta2, epsilon, weightDecay, learningRate, step: steps },
        })
        return
      }
      const correction = Math.sqrt(1 - beta2 ** steps)
      const rate = (learningRate * correction) / (1 - beta1 ** steps)
      // m̂/(√v̂ + ε) = √(1 − β2ᵗ)/(1 − β1ᵗ) · m/(√v + ε·√(1 − β2ᵗ)): the forms differ in this only.
      const term = form === 'torch' ? epsilon * correction : epsilon
      for (const [name, gradient] of gradients) {
        const variable = parameters.get(name)!
        const m = first.get(name)!
        const v = second.get(name)!
        tf.tidy(() => {
          m.assign(tf.add(tf.mul(m, beta1), tf.mul(gradient, 1 - beta1)))
          v.assign(tf.add(tf.mul(v, beta2), tf.mul(tf.square(gradient), 1 - beta2)))
          const change = tf.div(tf.mul(m, rate), tf.add(tf.sqrt(v), term))
          const before = decays(name) ? tf.mul(variable, 1 - learningRate * weightDecay) : variable
          variable.assign(tf.sub(before, change))
        })
      }
    },

    exportState() {
      const state = new Map<string, NamedTensor>()
      state.set('adam.steps', { shape: [1], values: Float32Array.of(steps) })
      for (const name of parameters.keys()) {
        for (const [kind, tensors] of [
          ['m', first],
          ['v', second],
        ] as const) {
          const tensor = tensors.get(name)!
          const values = (tensor.dataSync() as Float32Array).slice()
          state.set(`adam.${kind}.${name}`, { shape: tensor.shape, values })
        }
      }
      return state
    },

    importState(state) {
      const read = (name: string, size: number) => {
        const values = state.get(name)?.values
        if (values?.length === size) return values
        throw new WhetstoneError(
          'CHECKPOINT_MISMATCH',
          `the optimiser's state has ${values?.length ?? 'no'} values for ${name}, expected ${size}`,
          'resume with the model and the settings that the checkpoint was made with',
        )
      }
      steps = read('adam.steps', 1)[0]!
      for (const [name, { shape, size }] of parameters) {
        tf.tidy(() => {
          first.get(name)!.assign(tf.tensor(read(`adam.m.${name}`, size), shape))
          second.get(name)!.assign(tf.tensor(read(`adam.v.${name}`, size), shape))
        })
      }
    },

    dispose() {
      tf.dispose([...first.values(), ...second.values()])
    },
  }
}
