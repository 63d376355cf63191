import { execFile } from 'node:child_process'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import {
  type Engine,
  type EngineChoice,
  type EngineListing,
  type EngineName,
  type EngineOptions,
  engineNames,
} from './engine.ts'
import { startTensorflow } from './tensorflow/start.ts'
import { cudaAdvice, startTorch } from './torch/start.ts'

export type { Engine, EngineChoice, EngineListing, EngineOptions }

const require = createRequire(import.meta.url)

let running: Engine | undefined

/** The engine that this process computes on, or undefined before one is started. */
export const runningEngine = (): Engine | undefined => running

const starts: Record<EngineName, (options: Required<EngineOptions>) => Promise<Engine>> = {
  torch: startTorch,
  tensorflow: startTensorflow,
  cpu: startCpu,
}

const install: Record<EngineName, string> = {
  torch: 'run `node trainer/engine/torch/build.ts`',
  tensorflow: 'run `node trainer/engine/tensorflow/install.ts`',
  cpu: 'run `npm run setup`',
}

/**
 * Starts the TensorFlow.js backend that everything after it computes on. 'auto' is $WHETSTONE_ENGINE if set, else the
 * first of torch, tensorflow and cpu that starts as the options ask, with a `warning` when it is not torch. Prints
 * nothing: stdout carries the protocol.
 * Throws ENGINE_UNKNOWN, ENGINE_UNAVAILABLE when the engine asked for does not load, PRECISION_UNSUPPORTED when it has
 * not that precision, DEVICE_UNAVAILABLE when it has not that device, INVALID_ENGINE_OPTION for a setting of the
 * environment that has no meaning.
 */
export async function startEngine(
  choice: EngineChoice = 'auto',
  options: EngineOptions = {},
): Promise<Engine> {
  // PROD silences TensorFlow.js' banner and skips its checks of values, not of shapes.
  tf.env().set('PROD', true)
  const wanted = wantedEngine(choice)
  const complete = withEnvironment(options)
  if (wanted !== 'auto') return startOne(wanted, complete)
  const passedOver: WhetstoneError[] = []
  for (const name of engineNames) {
    try {
      const engine = await startOne(name, complete)
      return passedOver[0] ? { ...engine, warning: warningOf(engine, passedOver[0]) } : engine
    } catch (error) {
      if (!(error instanceof WhetstoneError)) throw error
      passedOver.push(error)
    }
  }
  const [first, ...others] = passedOver
  const reasons = [first!.message, ...others.map(({ message }) => message)].join('; ')
  throw new WhetstoneError(first!.code, reasons, first!.hint, { cause: first })
}

/**
 * Every engine, whether it can start here, its version and, if it cannot, why. Each is tried in a process of its own: a bad
 * library may abort, and two engines' libraries need not bear each other.
 */
export async function listEngines(): Promise<EngineListing[]> {
  return Promise.all(engineNames.map(tryEngine))
}

function tryEngine(name: EngineName): Promise<EngineListing> {
  const probe = join(import.meta.dirname, 'probe.ts')
  return new Promise((resolve) => {
    execFile(process.execPath, [probe, name], { encoding: 'utf8' }, (error, stdout) => {
      const line = stdout.split('\n').find((each) => each.startsWith('{"name"'))
      if (line) resolve(JSON.parse(line) as EngineListing)
      else
        resolve({ name, available: false, reason: `its process ends with ${error?.signal ?? error?.code}` })
    })
  })
}

/** What 'auto' stands for in this environment. */
function wantedEngine(choice: EngineChoice): EngineChoice {
  if (choice !== 'auto') return choice
  return oneOf('WHETSTONE_ENGINE', ['auto', ...engineNames]) ?? 'auto'
}

function withEnvironment({ precision = 'fp32', device = 'auto', threads = 0 }: EngineOptions) {
  const text = process.env.WHETSTONE_THREADS
  if (text && !/^\d+$/.test(text))
    throw invalidSetting('WHETSTONE_THREADS', text, 'a whole number; 0 leaves the choice to the engine')
  return {
    precision,
    device: device === 'auto' ? (oneOf('WHETSTONE_DEVICE', ['auto', 'cpu', 'cuda']) ?? 'auto') : device,
    threads: threads || Number(text ?? 0),
  }
}

function oneOf<T extends string>(variable: string, values: readonly T[]): T | undefined {
  const value = process.env[variable]
  if (!value) return undefined
  const known = values.find((each) => each === value)
  if (!known) throw invalidSetting(variable, value, `one of ${values.join(', ')}`)
  return known
}

function invalidSetting(variable: string, value: string, accepted: string): WhetstoneError {
  return new WhetstoneError(
    'INVALID_ENGINE_OPTION',
    `${variable} is "${value}"`,
    `Set it to ${accepted}, or unset it.`,
  )
}

async function startOne(name: EngineName, options: Required<EngineOptions>): Promise<Engine> {
  if (options.precision !== 'fp32' && name !== 'torch') {
    throw new WhetstoneError(
      'PRECISION_UNSUPPORTED',
      `precision "${options.precision}": the engine "${name}" computes in fp32 only`,
      `Take the precision "fp32", or the engine "torch" (${install.torch}).`,
    )
  }
  try {
    running = await starts[name](options)
    return running
  } catch (error) {
    if (error instanceof WhetstoneError) throw error
    throw new WhetstoneError(
      'ENGINE_UNAVAILABLE',
      `the engine "${name}" does not load: ${firstLine(error)}`,
      `${install[name]}, or choose another engine`,
      { cause: error },
    )
  }
}

function warningOf({ name }: Engine, { message, hint }: WhetstoneError): string {
  return `computing on the ${name === 'cpu' ? 'slow ' : ''}engine "${name}": ${message}; ${hint}`
}

async function startCpu({ device }: Required<EngineOptions>): Promise<Engine> {
  if (device === 'cuda') {
    throw new WhetstoneError(
      'DEVICE_UNAVAILABLE',
      'device "cuda": the engine "cpu" is JavaScript',
      cudaAdvice,
    )
  }
  // The union package registers the gradients; tfjs-core's own build for Node leaves them out.
  require('@tensorflow/tfjs')
  const { version_cpu } = await import('@tensorflow/tfjs-backend-cpu')
  await tf.setBackend('cpu')
  await tf.ready()
  return {
    name: 'cpu',
    device: 'cpu (JavaScript, one thread)',
    version: version_cpu,
    precision: 'fp32',
    threads: 1,
  }
}

function firstLine(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message.split('\n')[0] ?? message
}
