import * as tf from '@tensorflow/tfjs-core'
import { type EngineChoice, startEngine } from '#trainer/engine/start.ts'
import { loadAddon } from '../addon.ts'
import { TorchBackend } from '../backend.ts'

/** Starts the engine of that name; 'torch' from the addon at $WHETSTONE_TORCH_ADDON until startEngine knows it. */
export async function startHere(name: string): Promise<{ name: string; version: string }> {
  const path = process.env.WHETSTONE_TORCH_ADDON
  if (name !== 'torch' || !path) return startEngine(name as EngineChoice)
  const addon = loadAddon(path)
  await import('../kernels/arithmetic.ts')
  const { version } = addon.start('auto', 0, false)
  tf.registerBackend('torch', () => new TorchBackend(addon))
  await tf.setBackend('torch')
  return { name, version }
}
