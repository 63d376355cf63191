import type { RecipeKind } from '#trainer/config.ts'

type Kind = 'policy' | 'reward' | 'value'

export const purpose: Record<Kind, { title: string; text: string; tag: string; pipeline: string }> = {
  policy: {
    title: 'A language model',
    text: 'It answers a prompt, by the chat template of its tokenizer.',
    tag: 'text-generation',
    pipeline: 'text-generation',
  },
  reward: {
    title: 'A reward model',
    text: 'It gives a prompt and its answer one number: the higher, the likelier people are to prefer that answer to another.',
    tag: 'reward-model',
    pipeline: 'text-classification',
  },
  value: {
    title: 'A value model',
    text: 'It estimates at each token of an answer what reward is still to come; training goes on from it.',
    tag: 'value-model',
    pipeline: 'token-classification',
  },
}

export const ofAverage =
  'Its weights are the moving average of those of the policy that was trained; what was measured below is of that policy.'

const classes: Record<Kind, string> = {
  policy: 'AutoModelForCausalLM',
  reward: 'AutoModelForSequenceClassification',
  value: 'AutoModelForTokenClassification',
}

/** Python that loads the folder. */
export function howToLoad(
  kind: Kind,
  { adapter, normalisation }: { adapter: boolean; normalisation?: { gain: number; bias: number } },
): string {
  const from = adapter ? 'peft' : 'transformers'
  const name = adapter ? classes[kind].replace('Auto', 'AutoPeft') : classes[kind]
  return [
    '```python',
    ...(adapter
      ? [`from ${from} import ${name}`, 'from transformers import AutoTokenizer']
      : [`from ${from} import ${name}, AutoTokenizer`]),
    '',
    'folder = "path of this folder"',
    'tokenizer = AutoTokenizer.from_pretrained(folder)',
    `model = ${name}.from_pretrained(folder).eval()`,
    ...uses[kind],
    ...(normalisation
      ? [
          '# Normalised, as the recipes use it: mean 0 and deviation 1 over the training completions.',
          `score = ${normalisation.gain} * score + ${normalisation.bias}`,
        ]
      : []),
    '```',
  ].join('\n')
}

const chat = [
  'messages = [{"role": "user", "content": "…"}]',
  'prompt = tokenizer.apply_chat_template(messages, add_generation_prompt=True, return_dict=True, return_tensors="pt")',
]

const answered = [
  'text = tokenizer.apply_chat_template(messages, add_generation_prompt=True, tokenize=False)',
  'answer = "…" + tokenizer.eos_token',
  'inputs = tokenizer(text + answer, add_special_tokens=False, return_tensors="pt")',
]

const uses: Record<Kind, string[]> = {
  policy: [
    ...chat,
    'answer = model.generate(**prompt, do_sample=True, max_new_tokens=32)',
    'print(tokenizer.decode(answer[0, prompt["input_ids"].shape[1]:], skip_special_tokens=True))',
  ],
  reward: [chat[0]!, ...answered, 'score = model(**inputs).logits[0].mean().item()'],
  value: [chat[0]!, ...answered, 'values = model(**inputs).logits[0, :, 0]'],
}

/** What a reader must not expect. */
export function limits(recipe: RecipeKind, kind: Kind): string[] {
  const own: Record<Kind, string[]> = {
    policy: [
      'It repeats what its data and its preferences contain, mistakes and prejudices included; nothing here measures truth or safety.',
      ...(recipe === 'sft'
        ? []
        : [
            'A policy learns whatever its reward pays for, also what nobody meant. Read its samples beside its score (Gao et al. 2023, Scaling laws for reward model over-optimisation).',
          ]),
    ],
    reward: [
      'Its numbers order answers to one prompt; the same number under two prompts need not mean the same.',
      'On texts unlike those it was trained on, such as what a policy writes after long training against it, it is not to be trusted.',
    ],
    value: ['It knows the reward, the reference and the KL coefficient of its own run only.'],
  }
  return [
    ...own[kind],
    'The held-out measures are of the data named above; of other data they say nothing. An interval covers the drawing of the held-out data alone, not that of the training data or the seed.',
  ]
}
