import * as tf from '@tensorflow/tfjs-core'
import fc from 'fast-check'
import { beforeAll, expect, test } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { strongParameters, tinyConfig, tinyLlama } from '#trainer/nn/checks.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'
import {
  countLearned,
  type Example,
  encodeExamples,
  inRows,
  learnedLogProbs,
  meanLoss,
  packed,
  readExamples,
} from './examples.ts'
import { differentiate } from './learn.ts'
import { temporaryFolder, writeLines } from './tiny.ts'

beforeAll(async () => {
  await startEngine('auto')
})

const tokenizerWith = (template?: string) =>
  makeTokenizer(trainBpe(['good day', 'no thanks', 'please'], 280), {
    eos_token: specialTokens.end,
    pad_token: specialTokens.pad,
    ...(template && { chat_template: template }),
  })

async function encode(lines: object[], { template = defaultChatTemplate, completionOnly = true } = {}) {
  const tokenizer = tokenizerWith(template)
  const path = writeLines(temporaryFolder(), 'examples.jsonl', lines)
  const examples = encodeExamples(tokenizer, path, (await readExamples(path)).lines, { completionOnly })
  const shown = ({ tokens, learned }: Example) =>
    tokenizer.decode(
      learned.map((place) => tokens[place]!),
      { keepSpecialTokens: true },
    )
  return { examples, learned: examples.map(shown), tokenizer }
}

const turn = (role: string, content: string) => ({ role, content })
const conversation = [
  turn('user', 'hello'),
  turn('assistant', 'good day'),
  turn('user', 'please'),
  turn('assistant', 'no thanks'),
]

test('of a conversation every turn of the assistant is learned with its end, and nothing else', async () => {
  const { examples, learned, tokenizer } = await encode([{ messages: conversation }])
  expect(learned).toEqual(['good day<|end|>no thanks<|end|>'])
  const whole =
    '<|user|>hello<|end|><|assistant|>good day<|end|><|user|>please<|end|><|assistant|>no thanks<|end|>'
  expect(tokenizer.decode(examples[0]!.tokens, { keepSpecialTokens: true })).toBe(whole)
  // What people say after the last turn of the assistant teaches nothing.
  const longer = await encode([{ messages: [...conversation, turn('user', 'bye')] }])
  expect(longer.examples).toEqual(examples)
})

test('a prompt with its completion is the conversation of both, of which the last turn is learned', async () => {
  const { examples } = await encode([
    { prompt: conversation.slice(0, 3), completion: 'no thanks' },
    { messages: conversation },
  ])
  expect(examples[0]!.tokens).toEqual(examples[1]!.tokens)
  expect(examples[0]!.learned).toEqual(examples[1]!.learned.slice(-examples[0]!.learned.length))
  expect(examples[0]!.learned.length).toBeLessThan(examples[1]!.learned.length)
})

test('without completions only, every token but the first is learned', async () => {
  const { examples } = await encode([{ messages: conversation }], { completionOnly: false })
  expect(examples[0]!.learned).toEqual(
    Array.from({ length: examples[0]!.tokens.length - 1 }, (_, i) => i + 1),
  )
})

test('what ends an earlier turn is the token that the template puts there, and a trimming template is followed', async () => {
  const template =
    "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] | trim + '<|pad|>' }}{% endfor %}" +
    "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
  const messages = conversation.map(({ role, content }) => turn(role, `  ${content} `))
  const { learned } = await encode([{ messages }], { template })
  expect(learned).toEqual(['good day<|pad|>  no thanks <|end|>'])
})

test.each([
  [
    { messages: conversation },
    'CHAT_TEMPLATE_CHANGES',
    'line 2: the chat template renders message 2, "good day", otherwise when more follows',
  ],
  [{ messages: [turn('user', 'hi')] }, 'NO_ASSISTANT_TURN', 'line 2: none of the 1 messages'],
  [{ messages: [turn('robot', 'hi')] }, 'JSONL_INVALID', 'it is "robot": give "system"'],
  [{ messages: [] }, 'JSONL_INVALID', 'line 2: field "messages": it is \\[\\]: give at least one message'],
  [{ messages: conversation, prompt: 'x' }, 'JSONL_INVALID', 'it stands beside a prompt'],
  [{ prompt: 'x' }, 'JSONL_INVALID', 'line 2: field "completion": it is missing: give prompt and completion'],
  [{ prompt: 'x', completion: 7 }, 'JSONL_INVALID', 'line 2: field "completion": it is 7: give a text'],
  [
    { prompt: 7, completion: 'x' },
    'JSONL_INVALID',
    'line 2: field "prompt": it is 7: give a text, or a list',
  ],
])('a wrong line %j is refused with its place and value', async (line, code, reason) => {
  // Says only how long what came before is.
  const template = "{{ messages | length }}{{ '<|assistant|>' }}"
  await expect(encode([{ prompt: 'x', completion: 'y' }, line], { template })).rejects.toMatchObject({
    code,
    message: expect.stringMatching(new RegExp(`examples\\.jsonl, line 2.*${reason.replace('line 2: ', '')}`)),
  })
})

test('packing keeps each example once, whole, in rows that are no longer than allowed', () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 60 })
  fc.assert(
    fc.property(lengths, fc.integer({ min: 20, max: 50 }), (all, longest) => {
      const examples = all.map((length) => ({ tokens: Array<number>(length).fill(1), learned: [] }))
      const rows = packed(examples, longest)
      expect(new Set(rows.flat())).toEqual(new Set(examples))
      expect(rows.flat()).toHaveLength(examples.length)
      const used = rows.map((row) => row.reduce((sum, { tokens }) => sum + tokens.length, 0))
      expect(Math.max(...used)).toBeLessThanOrEqual(longest)
      const fewest = Math.ceil(all.reduce((sum, length) => sum + length, 0) / longest)
      expect(rows.length).toBeLessThanOrEqual(2 * fewest)
    }),
  )
})

test.each([
  ['GPT-2', tinyConfig],
  ['Llama', tinyLlama],
] as const)(
  'examples of a %s in one row have the loss and the gradients of rows of their own',
  (_, config) => {
    const model = { config, parameters: strongParameters(config, 5, 4) }
    const lengths = [3, 7, 2, 5, 4]
    const examples = lengths.map((length, i) => ({
      tokens: Array.from({ length }, (_, t) => (7 * i + 3 * t) % config.vocabSize),
      learned: Array.from({ length: length - 1 }, (_, t) => t + 1).filter((t) => (t + i) % 3 !== 0),
    }))
    const rows = packed(examples, 12)
    expect(rows.map((row) => row.length)).toEqual([2, 3])
    const lossOf = (all: Example[][]) =>
      differentiate(model.parameters, [
        () => tf.div(tf.sum(learnedLogProbs(model, all)), -countLearned(examples)) as tf.Scalar,
      ])
    const [alone, together] = [lossOf(inRows(examples)), lossOf(rows)]
    expect(together.loss).toBeCloseTo(alone.loss, 5)
    expect(meanLoss(model, examples, 2)).toBeCloseTo(alone.loss, 5)
    for (const [name, gradient] of alone.gradients) {
      const [expected, found] = [gradient.dataSync(), together.gradients.get(name)!.dataSync()]
      const scale = Math.max(...expected.map(Math.abs), 1e-3)
      expected.forEach((value, i) => {
        expect(Math.abs(found[i]! - value) / scale, name).toBeLessThan(1e-4)
      })
    }
  },
)
