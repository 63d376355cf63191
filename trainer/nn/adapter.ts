import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import type { CommonConfig, LoraConfig, Weights } from './blocks.ts'

/** What an adapter adds is multiplied by this. Source: Hu et al. 2021, § 4.1; Kalajdzievski 2023 (2312.03732) for rsLora. */
export function adapterScale({ rank, alpha, rsLora }: LoraConfig): number {
  return rsLora ? alpha / Math.sqrt(rank) : alpha / rank
}

/** Whether the linear layer of that name has an adapter. Source: PEFT's target_modules. */
function isTarget({ targets }: LoraConfig, layer: string): boolean {
  return (
    targets === 'all-linear' || targets.some((target) => layer === target || layer.endsWith(`.${target}`))
  )
}

/** The linear layers of the blocks among a model's parameters: names without '.weight' and shapes, in order. */
function linearLayers(shapes: ReadonlyMap<string, number[]>): [string, number[]][] {
  return [...shapes].flatMap(([name, shape]) =>
    shape.length === 2 && /\.\d+\..*\.weight$/.test(name) ? [[name.slice(0, -'.weight'.length), shape]] : [],
  )
}

/**
 * The adapter's parameters for a model of those shapes, by PEFT's names: <layer>.lora_A.weight [rank, in] and
 * <layer>.lora_B.weight [out, rank].
 */
export function adapterShapes(
  { architecture, adapter }: CommonConfig & { architecture: 'gpt2' | 'llama' },
  base: ReadonlyMap<string, number[]>,
): Map<string, number[]> {
  const shapes = new Map<string, number[]>()
  if (!adapter) return shapes
  for (const [layer, sides] of linearLayers(base)) {
    if (!isTarget(adapter, layer)) continue
    const [inner, outer] = architecture === 'gpt2' ? sides : sides.toReversed()
    shapes.set(`${layer}.lora_A.weight`, [adapter.rank, inner!])
    shapes.set(`${layer}.lora_B.weight`, [outer!, adapter.rank])
  }
  return shapes
}

/** y + scale · (x·Aᵀ)·Bᵀ, where the layer has an adapter; x [N, in] and the layer's own y [N, out]. Source: Hu et al. 2021, eq. 3. */
export function adapt(
  { adapter }: CommonConfig,
  weight: Weights,
  layer: string,
  x: tf.Tensor,
  y: tf.Tensor2D,
): tf.Tensor2D {
  if (!adapter || !isTarget(adapter, layer)) return y
  const inner = tf.matMul<tf.Tensor2D>(x, weight(`${layer}.lora_A.weight`), false, true) // [N, rank]
  const added = tf.matMul(inner, weight(`${layer}.lora_B.weight`) as tf.Tensor2D, false, true)
  return tf.add(y, tf.mul(added, adapterScale(adapter)))
}

/** Throws INVALID_ADAPTER when its numbers make no sense or a target is no linear layer of the model. */
export function checkAdapter(
  { rank, alpha, targets }: LoraConfig,
  base: ReadonlyMap<string, number[]>,
): void {
  const refuse = (message: string, hint: string) => {
    throw new WhetstoneError('INVALID_ADAPTER', message, hint)
  }
  if (!Number.isInteger(rank) || rank < 1)
    refuse(`the adapter's rank is ${rank}, expected a positive integer`, 'take 16')
  if (!(alpha > 0 && Number.isFinite(alpha)))
    refuse(`the adapter's alpha is ${alpha}, expected a positive number`, 'take twice the rank')
  if (targets === 'all-linear') return
  const layers = linearLayers(base).map(([layer]) => layer)
  const names = [...new Set(layers.map((layer) => layer.split('.').at(-1)))].join(', ')
  if (targets.length === 0) refuse('the adapter has no targets', `name some of ${names}, or 'all-linear'`)
  for (const target of targets) {
    if (!layers.some((layer) => isTarget({ rank, alpha, targets: [target] }, layer)))
      refuse(`the adapter's target ${target} is no linear layer of the model`, `its layers are ${names}`)
  }
}
