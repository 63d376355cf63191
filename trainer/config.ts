import { z } from 'zod'
import { WhetstoneError } from './errors.ts'

/**
 * The specs of the recipes. Every field carries what a launch form needs: title, description, group, where its default comes
 * from, and a unit. `z.toJSONSchema(schema, { io: 'input' })` gives all of it. A default is chosen for the small models this
 * package trains from nothing; `source` names the item of practice it follows and the value larger models use.
 */

const path = (title: string, description: string) =>
  z.string().min(1).meta({ title, description, group: 'Files', source: 'architecture.md', format: 'path' })

/** What a run computes on, and in. */
export const computing = {
  engine: z.enum(['auto', 'torch', 'tensorflow', 'cpu']).default('auto').meta({
    title: 'Engine',
    description:
      'What computes: torch (libtorch), tensorflow (libtensorflow) or cpu (JavaScript); auto takes the first of them that is installed.',
    group: 'Run',
    source: 'docs/operations.md',
  }),
  device: z.enum(['auto', 'cpu', 'cuda']).default('auto').meta({
    title: 'Device',
    description:
      'Where the engine computes; auto takes an NVIDIA GPU where the engine has one, and cuda refuses to run without.',
    group: 'Run',
    source: 'docs/operations.md',
  }),
  precision: z.enum(['fp32', 'bf16']).default('fp32').meta({
    title: 'Precision',
    description:
      'What matrix products are computed in; weights, gradients and Adam are fp32 in any case. fp32 never uses TF32; bf16 needs the engine torch.',
    group: 'Run',
    source: 'Kalamkar et al. 2019, A study of bfloat16; TRL, OpenRLHF bf16',
  }),
}

const common = {
  seed: z
    .int()
    .min(0)
    .max(2 ** 31 - 1)
    .default(1)
    .meta({
      title: 'Seed',
      description: 'Every random choice of the run is drawn from this number.',
      group: 'Run',
      source: 'Philox counter-based randomness, Salmon et al. 2011',
    }),
  ...computing,
}

const checkpointEvery = (steps: number) =>
  z.int().min(0).default(steps).meta({
    title: 'Checkpoint every',
    description:
      'A checkpoint from which the run can resume is written after this many steps; 0 writes none.',
    group: 'Run',
    source: 'trl#1643, trl#2444',
    unit: 'steps',
  })

const optimiser = (defaults: { learningRate: number; epsilon: number; warmupRatio: number }) => ({
  learningRate: z.number().positive().max(1e30).default(defaults.learningRate).meta({
    title: 'Learning rate',
    description: 'The step size of Adam at its highest, after warm-up.',
    group: 'Optimiser',
    source: 'TRL 3e-6 … 1e-5 for pretrained models; higher for small models',
  }),
  schedule: z.enum(['linear', 'constant']).default('linear').meta({
    title: 'Schedule',
    description: 'Linear lets the learning rate fall to zero over the run; constant keeps it.',
    group: 'Optimiser',
    source: 'TRL, lm-human-preferences',
  }),
  warmupRatio: z.number().min(0).max(1).default(defaults.warmupRatio).meta({
    title: 'Warm-up',
    description:
      'The share of all steps over which the learning rate rises; step k of w has k/(w + 1) of it.',
    group: 'Optimiser',
    source: 'OpenRLHF .03',
  }),
  adamForm: z.enum(['tensorflow', 'torch']).default('tensorflow').meta({
    title: 'Adam form',
    description: 'TensorFlow adds epsilon before the bias correction, PyTorch after it.',
    group: 'Optimiser',
    source: 'lm-human-preference-details',
  }),
  adamBeta1: z.number().min(0).lt(1).default(0.9).meta({
    title: 'Adam β₁',
    description: 'How slowly the running mean of the gradient forgets.',
    group: 'Optimiser',
    source: 'Kingma & Ba 2015',
  }),
  adamBeta2: z.number().min(0).lt(1).default(0.999).meta({
    title: 'Adam β₂',
    description: 'How slowly the running mean of the squared gradient forgets.',
    group: 'Optimiser',
    source: 'Kingma & Ba 2015',
  }),
  adamEpsilon: z.number().positive().max(1).default(defaults.epsilon).meta({
    title: 'Adam epsilon',
    description: 'The number that keeps the division of Adam finite.',
    group: 'Optimiser',
    source: 'lm-human-preferences 1e-5',
  }),
  maxGradNorm: z.number().min(0).default(1).meta({
    title: 'Gradient clipping',
    description: 'A gradient longer than this is scaled down to it; 0 turns it off.',
    group: 'Optimiser',
    source: 'OpenRLHF, verl 1',
  }),
})

const activationCheckpointing = z.boolean().default(false).meta({
  title: 'Activation checkpointing',
  description:
    'Each layer is computed again when its gradient is taken instead of being kept: less memory, more time, the same result. Only torch does so.',
  group: 'Training',
  source: 'Chen et al. 2016, Training deep nets with sublinear memory cost',
})

const maxLength = z.int().min(2).optional().meta({
  title: 'Longest example',
  description:
    'Examples longer than this are left out and counted; without it, the context of the model is the limit.',
  group: 'Data',
  source: 'TRL reward trainer: dropped, never cut',
  unit: 'tokens',
})

const sampling = (defaults: { temperature: number; responseLength: number }) => ({
  responseLength: z.int().min(1).max(4096).default(defaults.responseLength).meta({
    title: 'Response length',
    description: 'The most tokens a completion may have.',
    group: 'Rollout',
    source: 'TRL 53, lm-human-preferences 24',
    unit: 'tokens',
  }),
  temperature: z.number().positive().max(10).default(defaults.temperature).meta({
    title: 'Temperature',
    description: 'Logits are divided by it wherever they are used, in sampling and in training alike.',
    group: 'Rollout',
    source: 'InstructGPT, OpenRLHF 1; TRL .7',
  }),
})

/** PPO has none: the probabilities it trains are those of the whole vocabulary (docs/algorithms.md, 1). */
const filters = {
  topK: z.int().min(0).default(0).meta({
    title: 'Top k',
    description: 'Only the k likeliest tokens are sampled; 0 turns it off.',
    group: 'Rollout',
    source: 'off in every trainer',
  }),
  topP: z.number().positive().max(1).default(1).meta({
    title: 'Top p',
    description: 'Only the likeliest tokens that together have this probability are sampled; 1 turns it off.',
    group: 'Rollout',
    source: 'off in every trainer',
  }),
}

const initialModel = z
  .strictObject({
    layers: z.int().min(1).max(64).default(4).meta({
      title: 'Layers',
      description: 'How many transformer blocks the new model has.',
      group: 'Model',
      source: 'small enough to train on two cores in minutes',
    }),
    width: z.int().min(2).max(8192).default(128).meta({
      title: 'Width',
      description: 'The size of the residual stream of the new model.',
      group: 'Model',
      source: 'small enough to train on two cores in minutes',
    }),
    heads: z.int().min(1).max(128).default(4).meta({
      title: 'Heads',
      description: 'How many attention heads share the width, which they must divide.',
      group: 'Model',
      source: 'GPT-2: 64 dimensions a head; 32 here',
    }),
    vocabSize: z.int().min(260).max(65536).default(768).meta({
      title: 'Vocabulary',
      description: 'How many tokens the byte-level BPE trained on the data may have.',
      group: 'Model',
      source: 'Sennrich et al. 2016; GPT-2 50 257',
      unit: 'tokens',
    }),
    maxPositions: z.int().min(8).max(8192).default(128).meta({
      title: 'Context',
      description: 'The longest sequence the new model can read.',
      group: 'Model',
      source: 'GPT-2 1024',
      unit: 'tokens',
    }),
  })
  .refine((model) => model.width % model.heads === 0, {
    message: 'heads must divide width',
    path: ['heads'],
  })

const sft = z
  .strictObject({
    model: z
      .union([
        z.strictObject({ init: initialModel }),
        z.strictObject({ path: path('Model', 'The folder of the model to start from.') }),
      ])
      .meta({
        title: 'Model',
        description: 'A new model, or the folder of one.',
        group: 'Model',
        source: 'architecture.md',
      }),
    data: z
      .strictObject({
        train: path('Training data', 'JSONL of { prompt, completion }.'),
        eval: path(
          'Held-out data',
          'JSONL of { prompt, completion } on which the loss is measured.',
        ).optional(),
      })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    epochs: z.number().positive().max(1000).default(3).meta({
      title: 'Epochs',
      description: 'How many times the data is read.',
      group: 'Training',
      source: 'InstructGPT 16, N+ 1',
    }),
    batchSize: z.int().min(1).default(32).meta({
      title: 'Batch size',
      description: 'How many examples each step learns from.',
      group: 'Training',
      source: 'N+ 128',
      unit: 'examples',
    }),
    microBatchSize: z.int().min(1).default(32).meta({
      title: 'Micro-batch size',
      description:
        'How many examples are computed at once; it changes memory, and the result by rounding only.',
      group: 'Training',
      source: 'docs/algorithms.md, 12',
      unit: 'examples',
    }),
    activationCheckpointing,
    completionOnly: z.boolean().default(true).meta({
      title: 'Learn completions only',
      description: 'The loss counts the tokens of the completion and not those of the prompt.',
      group: 'Training',
      source: 'TRL completion_only_loss',
    }),
    maxLength,
    ...optimiser({ learningRate: 2e-3, epsilon: 1e-8, warmupRatio: 0.03 }),
    evalEvery: z.int().min(0).default(0).meta({
      title: 'Evaluate every',
      description:
        'The held-out loss is measured after this many steps, and always at the end; 0 means only then.',
      group: 'Run',
      source: 'TRL eval_steps',
      unit: 'steps',
    }),
    checkpointEvery: checkpointEvery(100),
  })
  .meta({ title: 'Supervised fine-tuning', description: 'Teaches a model to write the completions given.' })

const reward = z
  .strictObject({
    model: path('Policy', 'The folder of the policy whose backbone the reward model starts from.'),
    data: z
      .strictObject({
        train: path('Training data', 'JSONL of { id, prompt, completions, pairs }.'),
        eval: path(
          'Held-out data',
          'The same, kept out of training, on which accuracy is measured.',
        ).optional(),
      })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    epochs: z.number().positive().max(100).default(2).meta({
      title: 'Epochs',
      description: 'How many times the comparisons are read; more than one overfits large models.',
      group: 'Training',
      source: 'InstructGPT 1',
    }),
    comparisonsPerBatch: z.int().min(1).default(16).meta({
      title: 'Comparisons a batch',
      description: 'How many comparisons each step learns from, each with all of its pairs.',
      group: 'Training',
      source: 'InstructGPT 64, all pairs of a prompt together',
      unit: 'comparisons',
    }),
    activationCheckpointing,
    centring: z.number().min(0).default(0.01).meta({
      title: 'Centring',
      description: 'The weight of the square of each pair’s summed rewards, which keeps rewards near zero.',
      group: 'Training',
      source: 'TRL center_rewards_coefficient .01; Eisenstein et al. 2023',
    }),
    maxLength,
    ...optimiser({ learningRate: 3e-4, epsilon: 1e-5, warmupRatio: 0.03 }),
    normalise: z.enum(['completions', 'off']).default('completions').meta({
      title: 'Normalise',
      description: 'A gain and a bias give the training completions a mean reward of 0 and a deviation of 1.',
      group: 'Normalisation',
      source: 'lm-human-preferences',
    }),
    normaliseSamples: z.int().min(2).default(512).meta({
      title: 'Normalisation samples',
      description: 'At most this many training completions are scored to find the gain and the bias.',
      group: 'Normalisation',
      source: 'lm-human-preferences 256',
      unit: 'completions',
    }),
    evalEvery: z.int().min(0).default(20).meta({
      title: 'Evaluate every',
      description:
        'Held-out accuracy is measured after this many steps, and always at the end; 0 means only then.',
      group: 'Run',
      source: 'TRL eval_steps',
      unit: 'steps',
    }),
    checkpointEvery: checkpointEvery(50),
  })
  .meta({ title: 'Reward model', description: 'Learns from rankings which completion people prefer.' })

const ppo = z
  .strictObject({
    policy: path('Policy', 'The folder of the model to train.'),
    reward: path('Reward model', 'The folder of the reward model, which stays as it is.'),
    reference: path(
      'Reference',
      'The folder of the model to stay near; without it, the policy at the start.',
    ).optional(),
    data: z
      .strictObject({
        train: path('Training prompts', 'JSONL of { id, prompt }.'),
        eval: path('Held-out prompts', 'JSONL of { id, prompt } on which the result is measured.').optional(),
      })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    episodes: z.int().min(1).default(2560).meta({
      title: 'Episodes',
      description: 'How many completions are sampled and learned from in all.',
      group: 'Training',
      source: 'lm-human-preferences 1 000 000',
      unit: 'completions',
    }),
    batchSize: z.int().min(1).default(64).meta({
      title: 'Batch size',
      description: 'How many completions are sampled between two updates of the sampler.',
      group: 'Training',
      source: 'lm-human-preferences 512, InstructGPT 512',
      unit: 'completions',
    }),
    epochsPerBatch: z.int().min(1).max(64).default(4).meta({
      title: 'Epochs a batch',
      description: 'How many times each batch of completions is learned from, reshuffled each time.',
      group: 'Training',
      source: 'TRL, lm-human-preferences 4',
    }),
    minibatches: z.int().min(1).default(1).meta({
      title: 'Minibatches',
      description: 'Into how many optimiser steps an epoch is divided; it must divide the batch size.',
      group: 'Training',
      source: 'TRL 1',
    }),
    microBatchSize: z.int().min(1).default(64).meta({
      title: 'Micro-batch size',
      description:
        'How many completions are computed at once; it changes memory, and the result by rounding only.',
      group: 'Training',
      source: 'docs/algorithms.md, 12',
      unit: 'completions',
    }),
    activationCheckpointing,
    ...sampling({ temperature: 1, responseLength: 48 }),
    missingEosRule: z.enum(['replace', 'subtract', 'keep']).default('replace').meta({
      title: 'Unfinished completions',
      description:
        'A completion that never ends has its score replaced by minus the penalty, reduced by it, or kept.',
      group: 'Reward',
      source: 'lm-human-preferences replace by −1, TRL subtract',
    }),
    missingEosPenalty: z.number().min(0).default(1).meta({
      title: 'Penalty for not ending',
      description: 'The penalty of the rule for unfinished completions.',
      group: 'Reward',
      source: 'docs/algorithms.md, 4',
    }),
    normaliseReward: z.boolean().default(true).meta({
      title: 'Normalised reward',
      description: 'The gain and the bias stored with the reward model are applied.',
      group: 'Reward',
      source: 'lm-human-preferences',
    }),
    rewardClip: z.number().min(0).default(10).meta({
      title: 'Reward clip',
      description: 'Scores beyond ± this are cut to it; 0 turns it off.',
      group: 'Reward',
      source: 'OpenRLHF 10, DeepSpeed-Chat 5',
    }),
    klCoefficient: z.number().min(0).default(0.1).meta({
      title: 'KL coefficient β',
      description: 'How strongly each token is penalised for moving away from the reference.',
      group: 'KL',
      source: 'TRL .05, InstructGPT .02, lm-human-preferences .15',
    }),
    klEstimator: z.enum(['k1', 'k2', 'k3']).default('k1').meta({
      title: 'KL estimator',
      description: 'k1 is unbiased, k2 has little variance, k3 has both and is never negative.',
      group: 'KL',
      source: 'Schulman 2020, Approximating KL divergence',
    }),
    adaptiveKl: z
      .strictObject({
        target: z.number().positive().default(6).meta({
          title: 'KL target',
          description: 'The mean KL of a completion that the controller steers to.',
          group: 'KL',
          source: 'lm-human-preferences 6',
          unit: 'nats',
        }),
        horizon: z.number().positive().default(10000).meta({
          title: 'KL horizon',
          description: 'Over how many completions the controller acts.',
          group: 'KL',
          source: 'lm-human-preferences 10 000',
          unit: 'completions',
        }),
      })
      .optional()
      .meta({
        title: 'Adaptive KL',
        description: 'Lets the coefficient follow a target; without it, the coefficient stays.',
        group: 'KL',
        source: 'Ziegler et al. 2019, section 2.2',
      }),
    gamma: z.number().min(0).max(1).default(1).meta({
      title: 'Discount γ',
      description: 'How much a reward counts one token earlier.',
      group: 'Advantages',
      source: '1 everywhere',
    }),
    lambda: z.number().min(0).max(1).default(0.95).meta({
      title: 'GAE λ',
      description: 'Between trusting the value model (0) and the sampled return (1).',
      group: 'Advantages',
      source: 'Schulman et al. 2016; TRL .95, OpenRLHF 1',
    }),
    whitenRewards: z.boolean().default(false).meta({
      title: 'Whiten rewards',
      description: 'Scales the rewards of a batch to deviation 1 and keeps their mean.',
      group: 'Advantages',
      source: 'lm-human-preferences on, TRL off',
    }),
    whitenAdvantages: z.enum(['batch', 'minibatch', 'off']).default('batch').meta({
      title: 'Whiten advantages',
      description: 'Gives the advantages mean 0 and deviation 1 over the batch or over each minibatch.',
      group: 'Advantages',
      source: 'TRL, OpenRLHF batch; lm-human-preferences minibatch',
    }),
    clipRange: z.number().positive().max(10).default(0.2).meta({
      title: 'Clip range',
      description:
        'How far the probability of a token may move from the sampled one before its gradient stops.',
      group: 'Loss',
      source: 'Schulman et al. 2017',
    }),
    valueClipRange: z.number().min(0).default(0.2).meta({
      title: 'Value clip range',
      description: 'How far a value may move from the old one before its gradient stops; 0 turns it off.',
      group: 'Loss',
      source: 'TRL, lm-human-preferences .2',
    }),
    valueCoefficient: z.number().positive().default(0.1).meta({
      title: 'Value coefficient',
      description: 'The weight of the value loss beside the policy loss.',
      group: 'Loss',
      source: 'TRL, lm-human-preferences .1',
    }),
    logRatioClamp: z.number().positive().default(20).meta({
      title: 'Log-ratio clamp',
      description: 'Differences of log-probabilities are cut to ± this before they are exponentiated.',
      group: 'Guards',
      source: 'OpenRLHF, verl 20',
      unit: 'nats',
    }),
    maxRatio: z.number().min(0).default(10).meta({
      title: 'Largest mean ratio',
      description: 'A minibatch whose mean ratio exceeds this is skipped and counted; 0 turns it off.',
      group: 'Guards',
      source: 'TRL 10',
    }),
    ...optimiser({ learningRate: 2e-4, epsilon: 1e-5, warmupRatio: 0 }),
    valueLearningRate: z.number().positive().max(1e30).optional().meta({
      title: 'Value learning rate',
      description: 'The learning rate of the value model; without it, that of the policy.',
      group: 'Optimiser',
      source: 'OpenRLHF 9e-6 beside 1e-6',
    }),
    valueInit: z.enum(['reward', 'policy']).default('reward').meta({
      title: 'Value model starts from',
      description: 'The backbone the value model begins with; its head begins at zero.',
      group: 'Model',
      source: 'InstructGPT, TRL reward',
    }),
    evalPrompts: z.int().min(0).default(128).meta({
      title: 'Held-out prompts',
      description: 'At most this many held-out prompts are answered before and after training.',
      group: 'Run',
      source: 'docs/architecture.md',
      unit: 'prompts',
    }),
    samplesEvery: z.int().min(0).default(5).meta({
      title: 'Samples every',
      description: 'A few completions are shown after this many steps; 0 shows none.',
      group: 'Run',
      source: 'TRL num_sample_generations',
      unit: 'steps',
    }),
    samplesShown: z.int().min(1).max(64).default(4).meta({
      title: 'Samples shown',
      description: 'How many completions are shown each time.',
      group: 'Run',
      source: 'docs/architecture.md',
      unit: 'completions',
    }),
    checkpointEvery: checkpointEvery(10),
  })
  .refine((spec) => spec.batchSize % spec.minibatches === 0, {
    message: 'minibatches must divide batchSize',
    path: ['minibatches'],
  })
  .meta({
    title: 'PPO',
    description: 'Fine-tunes a policy to score well under a reward model and stay near its reference.',
  })

const generate = z
  .strictObject({
    model: path('Model', 'The folder of the policy that writes.'),
    data: z
      .strictObject({ prompts: path('Prompts', 'JSONL of { id, prompt }.') })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    completionsPerPrompt: z.int().min(1).max(1024).default(4).meta({
      title: 'Completions a prompt',
      description: 'How many completions are sampled for each prompt.',
      group: 'Rollout',
      source: 'InstructGPT 4 to 9',
    }),
    ...sampling({ temperature: 1, responseLength: 48 }),
    ...filters,
    batchSize: z.int().min(1).default(64).meta({
      title: 'Batch size',
      description:
        'How many completions are sampled at once; it changes speed, and the result by rounding only.',
      group: 'Run',
      source: 'Salmon et al. 2011, Philox',
      unit: 'completions',
    }),
  })
  .meta({ title: 'Generate', description: 'Samples completions of prompts.' })

const score = z
  .strictObject({
    reward: path('Reward model', 'The folder of the reward model that scores.').optional(),
    policy: path('Policy', 'The folder of the policy whose log-probabilities are wanted.').optional(),
    reference: path('Reference', 'The folder of the model the KL is measured against.').optional(),
    data: z
      .strictObject({ completions: path('Completions', 'JSONL of { id, prompt, completion }.') })
      .meta({ title: 'Data', description: 'The files to read.', group: 'Files', source: 'architecture.md' }),
    ...common,
    temperature: z.number().positive().max(10).default(1).meta({
      title: 'Temperature',
      description: 'Logits are divided by it before log-probabilities are taken.',
      group: 'Rollout',
      source: 'docs/algorithms.md, 3',
    }),
    normaliseReward: z.boolean().default(true).meta({
      title: 'Normalised reward',
      description: 'The gain and the bias stored with the reward model are applied.',
      group: 'Reward',
      source: 'docs/algorithms.md, 17',
    }),
    batchSize: z.int().min(1).default(64).meta({
      title: 'Batch size',
      description: 'How many completions are scored at once.',
      group: 'Run',
      source: 'docs/architecture.md',
      unit: 'completions',
    }),
  })
  .refine((spec) => spec.reward !== undefined || spec.policy !== undefined, {
    message: 'reward or policy is needed',
    path: ['reward'],
  })
  .refine((spec) => spec.reference === undefined || spec.policy !== undefined, {
    message: 'a reference needs a policy to be compared with',
    path: ['reference'],
  })
  .meta({ title: 'Score', description: 'Scores completions with a reward model, a policy and a reference.' })

export const recipes = { sft, reward, ppo, generate, score }

export type RecipeKind = keyof typeof recipes
export type SftSpec = z.output<typeof sft>
export type RewardSpec = z.output<typeof reward>
export type PpoSpec = z.output<typeof ppo>
export type GenerateSpec = z.output<typeof generate>
export type ScoreSpec = z.output<typeof score>
export type Specs = {
  sft: SftSpec
  reward: RewardSpec
  ppo: PpoSpec
  generate: GenerateSpec
  score: ScoreSpec
}
/** A spec as a person writes it: whatever has a default may be left out. */
export type SpecInput<K extends RecipeKind> = z.input<(typeof recipes)[K]>

/**
 * The spec with its defaults filled in.
 * @throws WhetstoneError INVALID_CONFIG, whose message names the path and the value, and whose hint says what is accepted.
 */
export function parseSpec<K extends RecipeKind>(kind: K, json: unknown): Specs[K] {
  const result = recipes[kind].safeParse(json)
  if (result.success) return result.data as Specs[K]
  const { message, hint } = explain(kind, result.error.issues[0]!, json, [])
  throw new WhetstoneError('INVALID_CONFIG', `${kind}: ${message}`, hint)
}

function explain(
  kind: RecipeKind,
  issue: z.core.$ZodIssue,
  root: unknown,
  prefix: PropertyKey[],
): { message: string; hint: string } {
  const at = [...prefix, ...issue.path]
  if (issue.code === 'invalid_union' && issue.errors.length > 0) {
    // The branch that read furthest is the one that was meant.
    const depth = (issues: z.core.$ZodIssue[]) =>
      Math.max(...issues.map((each) => each.path.length)) -
      (issues.some((each) => each.code === 'unrecognized_keys') ? 1 : 0)
    const branch = [...issue.errors].sort((left, right) => depth(right) - depth(left))[0]!
    return explain(kind, branch.find((each) => each.path.length > 0) ?? branch[0]!, root, at)
  }
  const name = at.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    const key = issue.keys[0]!
    const full = [...at.map(String), key].join('.')
    const near = closest(key, fieldsOf(kind, at))
    return {
      message: `${full} is not a known setting (it was ${show(valueAt(root, [...at, key]))})`,
      hint: near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `Take ${full} out of the spec.`,
    }
  }
  const value = valueAt(root, at)
  const where = name === '' ? 'the spec' : name
  return {
    message: value === undefined ? `${where} is missing` : `${where} is ${show(value)}`,
    hint: [`${issue.message}.`, descriptionOf(kind, at)].filter(Boolean).join(' '),
  }
}

/** The names that the object at `at` accepts. */
function fieldsOf(kind: RecipeKind, at: PropertyKey[]): string[] {
  const names = new Set<string>()
  collect(z.toJSONSchema(recipes[kind], { io: 'input' }) as JsonSchema, at.map(String), names)
  return [...names]
}

/** What the field at `at` is for, or ''. */
function descriptionOf(kind: RecipeKind, at: PropertyKey[]): string {
  let schemas = [z.toJSONSchema(recipes[kind], { io: 'input' }) as JsonSchema]
  for (const key of at)
    schemas = schemas
      .flatMap((schema) => [schema, ...(schema.anyOf ?? [])])
      .flatMap((schema) => schema.properties?.[String(key)] ?? [])
  return schemas[0]?.description ?? ''
}

type JsonSchema = { description?: string; properties?: Record<string, JsonSchema>; anyOf?: JsonSchema[] }

function collect(schema: JsonSchema, at: string[], into: Set<string>): void {
  for (const branch of schema.anyOf ?? []) collect(branch, at, into)
  const [head, ...rest] = at
  if (head === undefined) for (const key of Object.keys(schema.properties ?? {})) into.add(key)
  else if (schema.properties?.[head]) collect(schema.properties[head], rest, into)
}

function valueAt(root: unknown, at: PropertyKey[]): unknown {
  let value = root
  for (const key of at) {
    if (value === null || typeof value !== 'object') return undefined
    value = (value as Record<PropertyKey, unknown>)[key]
  }
  return value
}

function show(value: unknown): string {
  if (typeof value === 'number') return String(value)
  const text = JSON.stringify(value) ?? String(value)
  return text.length > 80 ? `${text.slice(0, 77)}…` : text
}

/** Names at most a third of their length away in edits, or that contain each other, nearest first; at most two. */
function closest(key: string, names: string[]): string[] {
  const plain = (text: string) => text.toLowerCase().replace(/[^a-z0-9]/g, '')
  return names
    .map((name) => ({ name, distance: edits(plain(key), plain(name)) }))
    .filter(({ name, distance }) => distance <= Math.max(1, Math.floor(name.length / 3)))
    .sort((left, right) => left.distance - right.distance)
    .slice(0, 2)
    .map(({ name }) => name)
}

/** Levenshtein distance. */
function edits(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column)
  for (let i = 1; i <= left.length; i++) {
    const next = [i]
    for (let j = 1; j <= right.length; j++)
      next[j] = Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (left[i - 1] === right[j - 1] ? 0 : 1))
    row = next
  }
  return row[right.length]!
}
