import { z } from 'zod'

/** What watches a run for rewards that rise for the wrong reasons, and what a run does when it diverges; see recipes/guards.ts and recipes/run.ts. */

const onAlarm = z.enum(['warn', 'stop']).default('warn').meta({
  title: 'On alarm',
  description:
    'Warn says so in the log; stop ends the run as well, with the models of the last checkpoint before the alarm.',
  group: 'Guards',
  source: 'docs/algorithms.md, Guards',
})

/** Whether a diverged run goes back once; the spec of what `recovering` wraps (recipes/run.ts) needs it. */
export const rollback = z.boolean().default(true).meta({
  title: 'Roll back',
  description:
    'A run that diverges goes back to its last checkpoint once, with half the learning rate, of TRPO half of δ too; without it, or without a checkpoint, it fails.',
  group: 'Guards',
  source: 'Chowdhery et al. 2022, PaLM, section 5.1: restart from an earlier checkpoint',
})

interface Judged {
  goldGuard?: unknown
  data: { goldReward?: string; goldRubric?: string }
}

/** A gold guard has exactly one judge, and a judge its guard. */
export function oneJudge({ goldGuard, data: { goldReward, goldRubric } }: Judged, context: z.RefinementCtx) {
  const refuse = (message: string, path: string[]) => context.addIssue({ code: 'custom', message, path })
  if (goldReward !== undefined && goldRubric !== undefined)
    refuse('a gold guard has one judge: leave out data.goldReward or data.goldRubric', ['data', 'goldRubric'])
  const named = goldReward !== undefined ? 'goldReward' : goldRubric !== undefined ? 'goldRubric' : null
  if (goldGuard && !named)
    refuse('A gold guard needs data.goldReward or data.goldRubric, and only the command line can name them', [
      'goldGuard',
    ])
  if (!goldGuard && named)
    refuse(
      'only a gold guard asks this judge: give goldGuard (its defaults are {}), or leave the judge out',
      [...['data', named]],
    )
}

export const guards = {
  guardPrompts: z.int().min(1).default(64).meta({
    title: 'Guard prompts',
    description:
      'How many prompts the reference answers when guards start, and the policy for every gold probe: held-out ones, or the first to train on.',
    group: 'Guards',
    source: 'docs/algorithms.md, Guards',
    unit: 'prompts',
  }),
  klGuard: z
    .strictObject({
      budget: z.number().positive().default(20).meta({
        title: 'KL budget',
        description: 'The largest mean KL of a completion to the reference.',
        group: 'Guards',
        source: 'Gao et al. 2022: the gold reward falls beyond some KL',
        unit: 'nats',
      }),
      onAlarm,
    })
    .optional()
    .meta({
      title: 'KL guard',
      description: 'An alarm when the policy is further from the reference than its budget.',
      group: 'Guards',
      source: 'Gao et al. 2022',
    }),
  lengthGuard: z
    .strictObject({
      factor: z.number().gt(1).default(2).meta({
        title: 'Length factor',
        description: 'How many times longer or shorter than those of the reference completions may be.',
        group: 'Guards',
        source: 'Singhal et al. 2023, A long way to go; trl#522, trl#986',
      }),
      onAlarm,
    })
    .optional()
    .meta({
      title: 'Length guard',
      description: 'An alarm when completions become much longer or shorter than those of the reference.',
      group: 'Guards',
      source: 'Singhal et al. 2023',
    }),
  repetitionGuard: z
    .strictObject({
      rise: z.number().positive().max(1).default(0.1).meta({
        title: 'Rise of repetition',
        description: 'How much the share of repeated 3-grams may exceed that of the reference.',
        group: 'Guards',
        source: 'Welleck et al. 2020, Neural text generation with unlikelihood training: rep-n',
      }),
      onAlarm,
    })
    .optional()
    .meta({
      title: 'Repetition guard',
      description: 'An alarm when completions repeat themselves more than those of the reference.',
      group: 'Guards',
      source: 'Welleck et al. 2020',
    }),
  disagreementGuard: z
    .strictObject({
      factor: z.number().gt(1).default(2).meta({
        title: 'Disagreement factor',
        description:
          'How many times further apart than on the completions of the reference the heads of the reward model may be.',
        group: 'Guards',
        source: 'Coste et al. 2023, Reward model ensembles help mitigate overoptimization',
      }),
      onAlarm,
    })
    .optional()
    .meta({
      title: 'Disagreement guard',
      description:
        'An alarm when the heads of the reward model agree less on what the policy says than on what the reference says; it needs several heads.',
      group: 'Guards',
      source: 'Coste et al. 2023',
    }),
  goldGuard: z
    .strictObject({
      every: z.int().min(1).default(10).meta({
        title: 'Gold probe every',
        description: 'The gold judge scores the policy before training and after this many steps.',
        group: 'Guards',
        source: 'docs/algorithms.md, Guards',
        unit: 'steps',
      }),
      drop: z.number().positive().default(0.5).meta({
        title: 'Gold drop',
        description: 'How far the mean gold score may fall below its best.',
        group: 'Guards',
        source: 'Gao et al. 2022',
        unit: "standard deviations of the first probe's scores",
      }),
      onAlarm,
    })
    .optional()
    .meta({
      title: 'Gold guard',
      description:
        'An alarm when a judge that the policy does not learn from (data.goldReward or data.goldRubric) likes it less than before.',
      group: 'Guards',
      source: 'Gao et al. 2022, Scaling laws for reward model overoptimization',
    }),
}
