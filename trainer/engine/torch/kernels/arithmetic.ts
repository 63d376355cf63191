import * as tf from '@tensorflow/tfjs-core'
import { register } from './register.ts'

register('Add', ({ a, b }, backend) => {
  const shape = sameShape(a!.shape, b!.shape)
    ? a!.shape
    : tf.backend_util.assertAndGetBroadcastShape(a!.shape, b!.shape)
  return backend.output(backend.addon.add(backend.slot(a!), backend.slot(b!)), shape, a!.dtype)
})

function sameShape(a: number[], b: number[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
