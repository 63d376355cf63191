import * as tf from '@tensorflow/tfjs-core'
import { register } from './register.ts'

register('BatchMatMul', ({ a, b }, backend, { transposeA, transposeB }) => {
  const shape = productShape(a!.shape, b!.shape, transposeA, transposeB)
  const slot = backend.addon.matMul(backend.slot(a!), backend.slot(b!), transposeA, transposeB)
  return backend.output(slot, shape, a!.dtype)
})

register('_FusedMatMul', ({ a, b, bias, preluActivationWeights: weights }, backend, attributes) => {
  const { transposeA, transposeB, activation, leakyreluAlpha } = attributes
  const shape = productShape(a!.shape, b!.shape, transposeA, transposeB)
  const slot = backend.addon.matMul(
    backend.slot(a!),
    backend.slot(b!),
    transposeA,
    transposeB,
    bias && backend.slot(bias),
    activation,
    weights && backend.slot(weights),
    leakyreluAlpha,
  )
  return backend.output(slot, shape, a!.dtype)
})

register('Einsum', (inputs, backend, { equation }) => {
  const tensors = Object.values(inputs)
  const { allDims, summedDims, idDims } = tf.backend_util.decodeEinsumEquation(equation, tensors.length)
  tf.backend_util.checkEinsumDimSizes(allDims.length, idDims, tensors as tf.Tensor[])
  const sizes = new Map<number, number>()
  for (const [i, tensor] of tensors.entries()) {
    for (const [axis, size] of tensor.shape.entries()) sizes.set(idDims[i]![axis]!, size)
  }
  const shape = allDims.map((_, dim) => sizes.get(dim)!).slice(0, allDims.length - summedDims.length)
  const slot = backend.addon.einsum(
    equation,
    tensors.map((tensor) => backend.slot(tensor)),
  )
  return backend.output(slot, shape, tensors[0]!.dtype)
})

function productShape(a: number[], b: number[], transposeA: boolean, transposeB: boolean): number[] {
  const rows = a.at(transposeA ? -1 : -2)!
  const columns = b.at(transposeB ? -2 : -1)!
  const [left, right] = [a.at(transposeA ? -2 : -1), b.at(transposeB ? -1 : -2)]
  if (left !== right) throw new Error(`rows of ${left} do not multiply with columns of ${right}`)
  if (a.length === 2 && b.length === 2) return [rows, columns]
  const outer = tf.backend_util.assertAndGetBroadcastShape(a.slice(0, -2), b.slice(0, -2))
  return [...outer, rows, columns]
}
