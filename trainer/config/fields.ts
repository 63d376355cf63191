import { z } from 'zod'

export const path = (title: string, description: string) =>
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

export const common = {
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

export const checkpointEvery = (steps: number) =>
  z.int().min(0).default(steps).meta({
    title: 'Checkpoint every',
    description:
      'A checkpoint from which the run can resume is written after this many steps; 0 writes none.',
    group: 'Run',
    source: 'trl#1643, trl#2444',
    unit: 'steps',
  })

export const optimiser = (defaults: { learningRate: number; epsilon: number; warmupRatio: number }) => ({
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

export const activationCheckpointing = z.boolean().default(false).meta({
  title: 'Activation checkpointing',
  description:
    'Each layer is computed again when its gradient is taken instead of being kept: less memory, more time, the same result. Only torch does so.',
  group: 'Training',
  source: 'Chen et al. 2016, Training deep nets with sublinear memory cost',
})

export const weightDecay = z.number().min(0).max(1).default(0).meta({
  title: 'Weight decay',
  description:
    'This share of every matrix, times the learning rate, is taken away at each step (AdamW); biases and gains stay.',
  group: 'Optimiser',
  source: 'Loshchilov & Hutter 2019; InstructGPT 0, TRL 0',
})

export const lora = z
  .strictObject({
    rank: z.int().min(1).max(4096).default(16).meta({
      title: 'Rank',
      description: 'The rank of what the adapter adds to each matrix.',
      group: 'LoRA',
      source: 'TRL 16; PEFT 8',
    }),
    alpha: z.number().positive().default(32).meta({
      title: 'Alpha',
      description: 'What the adapter adds is multiplied by alpha / rank.',
      group: 'LoRA',
      source: 'TRL 32; PEFT 8',
    }),
    targets: z
      .union([z.literal('all-linear'), z.array(z.string().min(1)).min(1)])
      .default('all-linear')
      .meta({
        title: 'Targets',
        description:
          'Which matrices get an adapter: all of the blocks, or those whose module has one of these names, such as q_proj.',
        group: 'LoRA',
        source: 'Dettmers et al. 2023, QLoRA: all linear layers; PEFT target_modules',
      }),
    rsLora: z.boolean().default(false).meta({
      title: 'Rank-stabilised',
      description: 'Divides alpha by the square root of the rank instead of the rank.',
      group: 'LoRA',
      source: 'Kalajdzievski 2023, rsLoRA',
    }),
  })
  .optional()
  .meta({
    title: 'LoRA',
    description:
      'Only small adapters learn, and the matrices of the model stay as they are; without it, everything learns. It wants a higher learning rate.',
    group: 'LoRA',
    source: 'Hu et al. 2021',
  })

export const maxLength = z.int().min(2).optional().meta({
  title: 'Longest example',
  description:
    'Examples longer than this are left out and counted; without it, the context of the model is the limit.',
  group: 'Data',
  source: 'TRL reward trainer: dropped, never cut',
  unit: 'tokens',
})

export const sampling = (defaults: { temperature: number; responseLength: number }) => ({
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
