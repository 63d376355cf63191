import { z } from 'zod'
import {
  activationCheckpointing,
  checkpointEvery,
  common,
  lora,
  maxLength,
  optimiser,
  path,
  weightDecay,
} from './fields.ts'
import { rollback } from './guards.ts'

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

export const sft = z
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
        train: path('Training data', 'JSONL of { prompt, completion } or { messages }.'),
        eval: path(
          'Held-out data',
          'JSONL of { prompt, completion } or { messages } on which the loss is measured.',
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
        'How many examples, or packed rows, are computed at once; it changes memory, and the result by rounding only.',
      group: 'Training',
      source: 'docs/algorithms.md, 12',
      unit: 'examples',
    }),
    packing: z.boolean().default(false).meta({
      title: 'Packing',
      description:
        'Several short examples of a batch share a row, none seeing another: less padding, the same result but for rounding. It goes without fused kernels, so it pays where lengths differ much.',
      group: 'Training',
      source: 'TRL packing; Krell et al. 2021, Efficient sequence packing without cross-contamination',
    }),
    activationCheckpointing,
    completionOnly: z.boolean().default(true).meta({
      title: 'Learn completions only',
      description:
        'The loss counts the tokens of the completion, of a conversation those of every turn of the assistant, and not the others.',
      group: 'Training',
      source: 'TRL completion_only_loss',
    }),
    maxLength,
    ...optimiser({ learningRate: 2e-3, epsilon: 1e-8, warmupRatio: 0.03 }),
    weightDecay,
    lora,
    rollback,
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
  .refine(({ model, lora }) => lora === undefined || 'path' in model, {
    message: 'an adapter learns beside a model that is there: give model.path, or leave lora out',
    path: ['lora'],
  })
  .meta({ title: 'Supervised fine-tuning', description: 'Teaches a model to write the completions given.' })
