import { z } from 'zod'
import { parseSpec, recipes } from '#trainer/config.ts'
import { WhetstoneError } from '../errors.ts'
import { type LaunchKind, recipeOf } from './run-kinds.ts'

const sampled = ['policy', 'reward', 'reference', 'data'] as const

/** The fields of each recipe that name files; the server fills them in. */
const files = {
  SFT: ['data'],
  REWARD: ['model', 'data'],
  PPO: sampled,
  REINFORCE: sampled,
  RLOO: sampled,
  GRPO: sampled,
  TRPO: sampled,
  RAFT: sampled,
  DPO: sampled,
  GENERATE: ['model', 'data'],
  SCORE: ['reward', 'policy', 'reference', 'data'],
} as const satisfies Record<LaunchKind, readonly string[]>

/** Settings without effect, or refused, where the server chooses the files: they belong to data.ptx and data.gold…. */
const ofOtherFiles = ['ptxCoefficient', 'ptxBatchSize', 'goldGuard']

/** What the server decides for a kind of run: stored scores are those of the reward model alone, in its own unit. */
const decided: Partial<Record<LaunchKind, readonly string[]>> = {
  SCORE: ['temperature', 'normaliseReward', 'tooLong'],
}

const placeholder = 'chosen-by-the-server'
const sampledValues = { policy: placeholder, reward: placeholder, data: { train: placeholder } }

/** Any values pass for the fields that name files: they are not part of the config. */
const fileValues = {
  SFT: { data: { train: placeholder } },
  REWARD: { model: placeholder, data: { train: placeholder } },
  PPO: sampledValues,
  REINFORCE: sampledValues,
  RLOO: sampledValues,
  GRPO: sampledValues,
  TRPO: sampledValues,
  RAFT: sampledValues,
  DPO: { policy: placeholder, data: { train: placeholder } },
  GENERATE: { model: placeholder, data: { prompts: placeholder } },
  SCORE: { reward: placeholder, data: { completions: placeholder } },
} as const satisfies Record<LaunchKind, object>

/**
 * A recipe's settings with their defaults, without the fields that name files. SFT has `model` only when it makes a new one
 * (`startsFromModel` is false).
 * @throws WhetstoneError INVALID_INPUT naming the setting and its value
 */
export function parseConfig(
  kind: LaunchKind,
  config: Record<string, unknown>,
  options: { startsFromModel: boolean },
): Record<string, unknown> & { seed: number } {
  const refused = files[kind].find((key) => key in config)
  if (refused) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `${recipeOf[kind]}: ${refused} names files, which the server chooses (it was ${JSON.stringify(config[refused])}).`,
      'Name a model version by policyId or rewardId, data by datasetId or promptFilter.',
    )
  }
  const chosen = decided[kind]?.find((key) => key in config)
  if (chosen) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `${recipeOf[kind]}: ${chosen} is chosen by the server (it was ${JSON.stringify(config[chosen])}).`,
      `Leave ${chosen} out.`,
    )
  }
  const model = kind === 'SFT' ? { model: sftModel(config, options.startsFromModel) } : {}
  try {
    const spec: Record<string, unknown> = parseSpec(recipeOf[kind], {
      ...config,
      ...model,
      ...fileValues[kind],
    })
    const kept = Object.entries(spec).filter(
      ([key]) =>
        !(files[kind] as readonly string[]).includes(key) &&
        !decided[kind]?.includes(key) &&
        !(key === 'model' && options.startsFromModel),
    )
    return Object.fromEntries(kept) as Record<string, unknown> & { seed: number }
  } catch (error) {
    // The trainer's own error class: it must not know lib's.
    const { code, message, hint } = error as { code?: string; message: string; hint?: string }
    if (code !== 'INVALID_CONFIG' || hint === undefined) throw error
    throw new WhetstoneError('INVALID_INPUT', message, hint, { cause: error })
  }
}

function sftModel(config: Record<string, unknown>, startsFromModel: boolean): unknown {
  const { model } = config
  if (startsFromModel) {
    if (model === undefined) return { path: placeholder }
    throw new WhetstoneError(
      'INVALID_INPUT',
      `sft: model is ${JSON.stringify(model)}, but policyId already names a model to start from.`,
      'Leave model out to go on from policyId, or leave policyId out to make a new model.',
    )
  }
  if (model === undefined) return { init: {} }
  if (typeof model === 'object' && model !== null && 'path' in model) {
    throw new WhetstoneError(
      'INVALID_INPUT',
      `sft: model.path names a file, which the server chooses (it was ${JSON.stringify(model.path)}).`,
      'Name a model version by policyId.',
    )
  }
  return model
}

export type JsonSchema = Record<string, unknown> & {
  properties?: Record<string, JsonSchema>
  required?: string[]
}

/** The JSON Schema of what `parseConfig` takes, without what only files that the server does not know would use, with titles, descriptions, groups, defaults, sources and units. */
export function configSchema(kind: LaunchKind): JsonSchema {
  const schema = z.toJSONSchema(recipes[recipeOf[kind]], { io: 'input' }) as JsonSchema
  const hidden: readonly string[] = [...files[kind], ...ofOtherFiles, ...(decided[kind] ?? [])]
  const properties = Object.fromEntries(
    Object.entries(schema.properties ?? {}).filter(([key]) => !hidden.includes(key)),
  )
  if (kind === 'SFT') properties.model = newModelOnly(properties.model!)
  const required = (schema.required ?? []).filter((key) => key in properties && key !== 'model')
  return { ...schema, properties, required }
}

/** Of the two ways to name a model, people are offered the one without a path. */
function newModelOnly(model: JsonSchema): JsonSchema {
  const { anyOf, ...rest } = model as JsonSchema & { anyOf: JsonSchema[] }
  const init = anyOf.find((branch) => branch.properties && 'init' in branch.properties)
  if (!init) throw new Error('the SFT recipe has no model.init')
  return { ...rest, ...init, required: [] }
}
