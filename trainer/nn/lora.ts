import * as tf from '@tensorflow/tfjs-core'
import { uniform } from '#trainer/rlhf/philox.ts'
import { adapterScale, adapterShapes } from './adapter.ts'
import type { LoraConfig } from './blocks.ts'
import {
  checkConfig,
  makeVariable,
  type Parameters,
  parameter,
  parameterShapes,
  type TransformerConfig,
} from './transformer.ts'

/** Low-rank adapters. Source: Hu et al. 2021 (2106.09685); names and beginnings as PEFT's. */

/**
 * Adds a fresh adapter's parameters to the model's: A uniform in ±1/√in (PEFT's Kaiming with √5) from Philox, B zero, so that the model
 * computes what it did. Returns the configuration with the adapter. Throws INVALID_ADAPTER.
 */
export function addLora<C extends TransformerConfig>(
  config: C,
  parameters: Parameters,
  lora: LoraConfig,
  seed: number,
): C {
  const adapted = { ...config, adapter: { ...lora } }
  checkConfig(adapted)
  for (const [index, [name, shape]] of [...ownShapes(adapted)].entries()) {
    const values = new Float32Array(shape[0]! * shape[1]!)
    const bound = 1 / Math.sqrt(shape[1]!)
    if (name.endsWith('.lora_A.weight')) {
      for (let i = 0; i < values.length; i++)
        values[i] = bound * (2 * uniform(seed, 'initialisation', 1, index, i) - 1)
    }
    parameters.set(name, makeVariable(values, shape))
  }
  return adapted
}

/** The configuration of the model beneath: with the same parameters, the adapter is off. */
export function withoutAdapter<C extends TransformerConfig>(config: C): C {
  const { adapter: _, ...base } = config
  return base as C
}

/** Whether the parameter learns: every one, or with an adapter the adapter's own and a scalar head. */
export function isTrainable(config: TransformerConfig, name: string): boolean {
  return !config.adapter || /\.lora_[AB]\.weight$|^(score|classifier)\./.test(name)
}

/**
 * New variables of the model without an adapter, W + scale · B·A where there was one; the others share memory with the model's. The caller
 * disposes of them.
 */
export function mergedParameters(config: TransformerConfig, parameters: Parameters): Parameters {
  const { adapter, architecture } = config
  const own = ownShapes(config)
  const merged: Parameters = new Map()
  for (const [name, variable] of parameters) {
    if (own.has(name)) continue
    const layer = name.slice(0, -'.weight'.length)
    const value = tf.tidy(() => {
      if (!adapter || !own.has(`${layer}.lora_A.weight`)) return tf.clone(variable)
      const a = parameter(parameters, `${layer}.lora_A.weight`) as tf.Tensor as tf.Tensor2D
      const b = parameter(parameters, `${layer}.lora_B.weight`) as tf.Tensor as tf.Tensor2D
      const added = architecture === 'gpt2' ? tf.matMul(a, b, true, true) : tf.matMul(b, a)
      return tf.add(variable, tf.mul(added, adapterScale(adapter)))
    })
    merged.set(name, tf.variable(value))
    value.dispose()
  }
  return merged
}

function ownShapes(config: TransformerConfig): Map<string, number[]> {
  return adapterShapes(config, parameterShapes(withoutAdapter(config)))
}
