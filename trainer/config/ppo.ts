import { z } from 'zod'
import {
  activationCheckpointing,
  checkpointEvery,
  common,
  lora,
  optimiser,
  path,
  sampling,
  weightDecay,
} from './fields.ts'
import { guards, oneJudge, rollback } from './guards.ts'
import { shaping } from './shaping.ts'

export const ppo = z
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
        ptx: path(
          'Pretraining mix',
          'JSONL of { prompt, completion } whose likelihood is kept up while the policy learns.',
        ).optional(),
        goldReward: path(
          'Gold reward model',
          'The folder of a reward model that judges and is not learned from.',
        ).optional(),
        goldRubric: path(
          'Gold rubric',
          'A JavaScript module that exports score(prompt, completion) and judges; it is run as it is.',
        ).optional(),
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
    ...shaping,
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
      description:
        'k1 is unbiased, k2 has little variance, k3 has both and is never negative; in the loss it is k2 or k3.',
      group: 'KL',
      source: 'Schulman 2020, Approximating KL divergence',
    }),
    klPlacement: z.enum(['reward', 'loss']).default('reward').meta({
      title: 'KL in',
      description:
        'The penalty is taken from the reward of each token, or added to the loss with a gradient of its own.',
      group: 'KL',
      source: 'lm-human-preferences, TRL, InstructGPT reward; Shao et al. 2024, GRPO loss (with k3)',
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
    whitenRewardsShiftMean: z.boolean().default(false).meta({
      title: 'Centre whitened rewards',
      description: 'Whitened rewards get mean 0 as well, instead of keeping their mean.',
      group: 'Advantages',
      source: 'lm-human-preferences, TRL off',
    }),
    whitenAdvantages: z.enum(['batch', 'minibatch', 'off']).default('batch').meta({
      title: 'Whiten advantages',
      description: 'Gives the advantages mean 0 and deviation 1 over the batch or over each minibatch.',
      group: 'Advantages',
      source: 'TRL, OpenRLHF batch; lm-human-preferences minibatch',
    }),
    loss: z.enum(['clip', 'penalty']).default('clip').meta({
      title: 'Policy loss',
      description:
        'Clip holds the ratio of each token; penalty holds the KL from the sampling policy by a coefficient of its own.',
      group: 'Loss',
      source: 'Schulman et al. 2017, sections 3 and 4',
    }),
    clipRange: z.number().positive().max(10).default(0.2).meta({
      title: 'Clip range',
      description:
        'How far the probability of a token may move from the sampled one before its gradient stops.',
      group: 'Loss',
      source: 'Schulman et al. 2017',
    }),
    dualClip: z
      .number()
      .min(0)
      .max(1000)
      .default(0)
      .refine((bound) => bound === 0 || bound > 1, { message: 'dualClip is 0 or more than 1' })
      .meta({
        title: 'Dual clip',
        description:
          'The loss of a token with a negative advantage A is at most −A times this, however large its ratio; 0 turns it off.',
        group: 'Loss',
        source: 'Ye et al. 2020; verl 3',
      }),
    penalty: z
      .strictObject({
        coefficient: z.number().positive().default(1).meta({
          title: 'Penalty at the start',
          description: 'The coefficient of the KL from the sampling policy in the first batch.',
          group: 'Loss',
          source: 'Schulman et al. 2017: the start matters little',
        }),
        target: z.number().positive().default(0.01).meta({
          title: 'Penalty target',
          description:
            'The mean KL of a token from the sampling policy after a batch: beyond 1.5 times it the coefficient doubles, below it by 1.5 it halves.',
          group: 'Loss',
          source: 'Schulman et al. 2017, .003 … .03',
          unit: 'nats',
        }),
      })
      .prefault({})
      .meta({
        title: 'KL penalty',
        description: 'Of the policy loss "penalty".',
        group: 'Loss',
        source: 'Schulman et al. 2017, equation 8',
      }),
    entropyCoefficient: z.number().min(0).default(0).meta({
      title: 'Entropy bonus',
      description: 'How much the mean entropy of a token counts against the loss.',
      group: 'Loss',
      source: 'Schulman et al. 2017, equation 9; 0 in TRL, OpenRLHF, InstructGPT',
    }),
    targetKl: z.number().positive().optional().meta({
      title: 'Target KL of a batch',
      description:
        'The epochs of a batch end when ½·mean (Δ log-probability)² exceeds 1.5 times this; without it, none ends early.',
      group: 'Loss',
      source: 'Spinning Up, Stable-Baselines3: 1.5 × target',
      unit: 'nats',
    }),
    ptxCoefficient: z.number().min(0).default(27.8).meta({
      title: 'PPO-ptx coefficient',
      description: 'The weight of −log p of the pretraining mix (data.ptx) beside the policy loss.',
      group: 'Loss',
      source: 'InstructGPT, DeepSpeed-Chat 27.8',
    }),
    ptxBatchSize: z.int().min(1).default(32).meta({
      title: 'PPO-ptx batch size',
      description: 'How many examples of the pretraining mix each optimiser step takes.',
      group: 'Loss',
      source: 'InstructGPT: 8 times as many as episodes',
      unit: 'examples',
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
    explodedSteps: z.int().min(0).default(3).meta({
      title: 'Exploded steps',
      description:
        'A run that skips minibatches for their ratio in this many steps in a row has diverged; 0 turns it off.',
      group: 'Guards',
      source: 'docs/algorithms.md, 19',
      unit: 'steps',
    }),
    rollback,
    ...guards,
    ...optimiser({ learningRate: 2e-4, epsilon: 1e-5, warmupRatio: 0 }),
    valueLearningRate: z.number().positive().max(1e30).optional().meta({
      title: 'Value learning rate',
      description: 'The learning rate of the value model; without it, that of the policy.',
      group: 'Optimiser',
      source: 'OpenRLHF 9e-6 beside 1e-6',
    }),
    weightDecay,
    lora,
    emaDecay: z.number().min(0).lt(1).default(0).meta({
      title: 'Moving average',
      description:
        'After each optimiser step a second model keeps this share of itself and takes the rest from the policy; it is saved as well. 0 turns it off.',
      group: 'Optimiser',
      source: 'OpenRLHF, InstructGPT .992',
    }),
    valueModel: z.enum(['separate', 'shared']).default('separate').meta({
      title: 'Value model',
      description:
        'A model of its own, or a head on the trunk of the policy, which both losses then train at one learning rate.',
      group: 'Model',
      source: 'InstructGPT, TRL separate; lm-human-preferences, trlX shared',
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
  .refine(({ klPlacement, klEstimator }) => klPlacement !== 'loss' || klEstimator !== 'k1', {
    message: 'in the loss, k1 has a gradient of 0 on the average and holds nothing: take k2 or k3',
    path: ['klEstimator'],
  })
  .refine(({ adaptiveKl, klCoefficient }) => !adaptiveKl || klCoefficient > 0, {
    message: 'adaptiveKl multiplies the coefficient, and 0 stays 0: give a klCoefficient above 0',
    path: ['klCoefficient'],
  })
  .superRefine(oneJudge)
  .meta({
    title: 'PPO',
    description: 'Fine-tunes a policy to score well under a reward model and stay near its reference.',
  })
