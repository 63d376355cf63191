import { createRequire } from 'node:module'
import util from 'node:util'
import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { bindingPath, tensorflowPackage } from './tensorflow/package.ts'

export type EngineChoice = 'auto' | 'tensorflow' | 'cpu'

export interface Engine {
  name: 'tensorflow' | 'cpu'
  /** 'gpu' or 'cpu', with what computes there. */
  device: string
  version: string
  /** Present when 'auto' fell back: the reason, for a `log` event. */
  warning?: string
}

export interface EngineListing {
  name: 'tensorflow' | 'cpu'
  available: boolean
  device?: string
  version?: string
  /** Why it is not available. */
  reason?: string
}

const require = createRequire(import.meta.url)

/**
 * Starts the TensorFlow.js backend that everything after it computes on. 'auto' is TensorFlow where its
 * binding loads, else the slow CPU backend with a `warning`. Prints nothing: stdout carries the protocol.
 * Throws ENGINE_UNAVAILABLE when 'tensorflow' was asked for and does not load.
 */
export async function startEngine(choice: EngineChoice = 'auto'): Promise<Engine> {
  // PROD silences TensorFlow.js' banner and skips its checks of values, not of shapes.
  tf.env().set('PROD', true)
  if (choice === 'cpu') return startCpu()
  try {
    return await startTensorflow()
  } catch (error) {
    const reason = reasonOf(error)
    if (choice === 'tensorflow') {
      throw new WhetstoneError(
        'ENGINE_UNAVAILABLE',
        `the engine "tensorflow" does not load: ${reason}`,
        'run `node trainer/engine/tensorflow/install.ts`, or choose the engine "cpu"',
        { cause: error },
      )
    }
    const engine = await startCpu()
    const advice = 'run `node trainer/engine/tensorflow/install.ts` for the fast engine'
    return { ...engine, warning: `computing on the slow engine "cpu": ${reason}; ${advice}` }
  }
}

/** Every engine, whether it can start here, its version and, if it cannot, why. */
export async function listEngines(): Promise<EngineListing[]> {
  const current = tf.engine().backendName
  const listings: EngineListing[] = []
  try {
    const { device, version } = await startTensorflow()
    listings.push({ name: 'tensorflow', available: true, device, version })
  } catch (error) {
    listings.push({ name: 'tensorflow', available: false, reason: reasonOf(error) })
  }
  const { device, version } = await startCpu()
  listings.push({ name: 'cpu', available: true, device, version })
  if (current) await tf.setBackend(current)
  return listings
}

async function startCpu(): Promise<Engine> {
  tf.env().set('PROD', true)
  // The union package registers the gradients; tfjs-core's own build for Node leaves them out.
  require('@tensorflow/tfjs')
  const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu')
  await tf.setBackend('cpu')
  await tf.ready()
  return { name: 'cpu', device: 'cpu (JavaScript, one thread)', version: version_cpu }
}

interface NodeBackend {
  isUsingGpuDevice: boolean
  binding: { TF_Version: string }
}

async function startTensorflow(): Promise<Engine> {
  const folder = tensorflowPackage()
  if (!folder) throw new Error('the optional package @tensorflow/tfjs-node-gpu is not installed')
  if (!tf.findBackendFactory('tensorflow')) {
    // Loaded first by hand: the package's own message on a missing binding names the wrong command.
    process.env.TF_CPP_MIN_LOG_LEVEL ??= '2'
    // A resumed run is to have the weights of one that was not; kernels of a GPU may otherwise sum in any order.
    process.env.TF_DETERMINISTIC_OPS ??= '1'
    require(bindingPath(folder))
    restoreRemovedUtilities()
    require('@tensorflow/tfjs-node-gpu')
  }
  await tf.setBackend('tensorflow')
  await tf.ready()
  const backend = tf.backend() as unknown as NodeBackend
  const device = backend.isUsingGpuDevice ? 'gpu' : 'cpu'
  return { name: 'tensorflow', device, version: backend.binding.TF_Version }
}

/** tfjs-node 4.22 calls two functions of node:util that newer versions of Node deprecate or lack. */
function restoreRemovedUtilities(): void {
  Object.assign(util, {
    isNullOrUndefined: (value: unknown) => value === null || value === undefined,
    isArray: Array.isArray,
  })
}

function reasonOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0] ?? message
}
