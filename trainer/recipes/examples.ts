import * as tf from '@tensorflow/tfjs-core'
import { WhetstoneError } from '#trainer/errors.ts'
import { lookUp } from '#trainer/nn/layers.ts'
import { packedHiddenStates } from '#trainer/nn/packed.ts'
import { tokenLogProbs } from '#trainer/nn/token-probabilities.ts'
import type { Message } from '#trainer/text/chat.ts'
import { rightPad } from '#trainer/text/padding.ts'
import type { Tokenizer } from '#trainer/text/tokenizer.ts'
import {
  atLine,
  type ExampleLine,
  emptyPrompt,
  exampleOrConversation,
  promptText,
  readLines,
} from './data.ts'
import { hiddenAt, inParts, type Network, type PassOptions } from './sequences.ts'

/** What supervised fine-tuning learns from: tokens, and which of them. */
export interface Example {
  tokens: number[]
  /** The places of the tokens that are learned, ascending; never 0, which has nothing to be predicted from. */
  learned: number[]
}

/** The lines of a file of examples, and their texts alone, as a tokenizer is trained on. Throws what reading data throws. */
export async function readExamples(path: string) {
  const lines = await readLines(path, exampleOrConversation)
  const textsOf = ({ prompt, completion, messages }: ExampleLine) =>
    messages ? messages.map(({ content }) => content) : [promptText(prompt!), completion!]
  return { lines, texts: lines.flatMap(({ value }) => textsOf(value)) }
}

/**
 * The example of each line. `completionOnly`: of { prompt, completion } the completion with its EOS is learned, of { messages } every turn of
 * the assistant with what ends it; otherwise everything is. Throws PROMPT_EMPTY, NO_ASSISTANT_TURN and CHAT_TEMPLATE_CHANGES with
 * file and line.
 */
export function encodeExamples(
  tokenizer: Tokenizer,
  path: string,
  lines: Awaited<ReturnType<typeof readExamples>>['lines'],
  { completionOnly }: { completionOnly: boolean },
): Example[] {
  return lines.map(({ line, value: { prompt, completion, messages } }) =>
    atLine(path, line, () => {
      const turns: Message[] = messages ?? [
        ...(typeof prompt === 'string' ? [{ role: 'user' as const, content: prompt }] : prompt!),
        { role: 'assistant', content: completion! },
      ]
      // A prompt may end in words of the assistant, which are then given and not learned.
      const answers = messages
        ? turns.flatMap(({ role }, i) => (role === 'assistant' ? [i] : []))
        : [turns.length - 1]
      const encoded = encodeTurns(tokenizer, turns, answers)
      return completionOnly
        ? encoded
        : { ...encoded, learned: Array.from({ length: encoded.tokens.length - 1 }, (_, i) => i + 1) }
    }),
  )
}

/**
 * The conversation up to the last of `answers`, whose turns are learned. Where a turn's words stand is found by rendering what comes before
 * each of them by the chat template: that must begin with all that was rendered before.
 */
function encodeTurns(tokenizer: Tokenizer, turns: Message[], answers: number[]): Example {
  if (answers.length === 0)
    throw new WhetstoneError(
      'NO_ASSISTANT_TURN',
      `none of the ${turns.length} messages is the assistant's (the roles are ${turns.map(({ role }) => role).join(', ')})`,
      'Give at least one message with the role "assistant", or take the line out.',
    )
  let tokens: number[] = []
  const learned: number[] = []
  answers.forEach((turn, i) => {
    const context = tokenizer.encodePrompt(turns.slice(0, turn))
    if (context.length === 0) throw emptyPrompt('the prompt')
    if (i > 0) {
      const { content } = turns[answers[i - 1]!]!
      // Some templates trim what a turn says.
      const words = [content, content.trim()].map((text) => tokenizer.encode(text))
      const found = words.find((each) => startsWith(context, [...tokens, ...each]))
      if (!found) throw changes(answers[i - 1]!, content)
      // And the token that the template puts behind it.
      learn(found.length + 1)
    }
    tokens = context
  })
  const last = tokenizer.encodeCompletion(turns[answers.at(-1)!]!.content)
  learn(last.length)
  return { tokens: [...tokens, ...last], learned }

  function learn(count: number) {
    for (let i = 0; i < count; i++) learned.push(tokens.length + i)
  }
}

function startsWith(tokens: readonly number[], beginning: readonly number[]): boolean {
  return beginning.every((token, i) => tokens[i] === token)
}

function changes(place: number, content: string): WhetstoneError {
  return new WhetstoneError(
    'CHAT_TEMPLATE_CHANGES',
    `the chat template renders message ${place + 1}, ${JSON.stringify(content.slice(0, 60))}, otherwise when more follows`,
    'Take a chat template that keeps earlier turns as they are, or split the conversation into lines of { prompt, completion }.',
  )
}

/** Examples that are computed in one row: one, or as many as fit. */
export type Row = Example[]

/** Each example in a row of its own. */
export function inRows(examples: readonly Example[]): Row[] {
  return examples.map((each) => [each])
}

/**
 * Few rows of at most `length` tokens: from the longest example to the shortest, each in the first row with room (first-fit decreasing,
 * at most 11/9 of the fewest rows and one more; Johnson 1973).
 */
export function packed(examples: readonly Example[], length: number): Row[] {
  const rows: { row: Row; room: number }[] = []
  for (const each of examples.toSorted((a, b) => b.tokens.length - a.tokens.length)) {
    const fits = rows.find(({ room }) => room >= each.tokens.length)
    if (fits) {
      fits.row.push(each)
      fits.room -= each.tokens.length
    } else rows.push({ row: [each], room: length - each.tokens.length })
  }
  return rows.map(({ row }) => row)
}

/** The log-probabilities of the learned tokens, [N], example after example. Runs in the caller's tidy. */
export function learnedLogProbs(
  model: Network,
  rows: readonly Row[],
  options: PassOptions = {},
): tf.Tensor1D {
  const targets = rows.flat().flatMap(({ tokens, learned }) => learned.map((place) => tokens[place]!))
  const tokens = tf.tensor1d(targets, 'int32')
  const both = tokenLogProbs(model.config, model.parameters, hiddenOf(model, rows, options), tokens, 1) // [2, N]
  return tf.reshape(tf.slice(both, [0, 0], [1, -1]), [-1])
}

/** The hidden states that predict the learned tokens, [N, width]. */
function hiddenOf(model: Network, rows: readonly Row[], options: PassOptions): tf.Tensor2D {
  const { width, padTokenId } = model.config
  const batch = rightPad(
    rows.map((row) => row.flatMap(({ tokens }) => tokens)),
    padTokenId,
  )
  const positions = new Int32Array(batch.tokens.length)
  const segments = new Int32Array(batch.tokens.length)
  const places: number[] = []
  rows.forEach((row, r) => {
    let start = r * batch.length
    row.forEach(({ tokens, learned }, i) => {
      for (let t = 0; t < tokens.length; t++) positions[start + t] = t
      segments.fill(i + 1, start, start + tokens.length)
      for (const place of learned) places.push(start + place - 1)
      start += tokens.length
    })
  })
  if (rows.every((row) => row.length === 1)) return hiddenAt(model, batch, Int32Array.from(places), options)
  const hidden = packedHiddenStates(model.config, model.parameters, {
    ...{ ...batch, positions, segments },
    checkpointing: options.checkpointing,
  })
  const flat = tf.reshape(hidden, [batch.tokens.length, width]) as tf.Tensor2D
  return lookUp(flat, tf.tensor1d(places, 'int32'))
}

/** The mean of −log p over all learned tokens, in nats, by parts of at most `size` examples. */
export function meanLoss(model: Network, examples: readonly Example[], size: number): number {
  const sums = inParts(examples, size).map((part) =>
    tf.tidy(() => tf.sum(learnedLogProbs(model, inRows(part))).dataSync()[0]!),
  )
  return -sums.reduce((total, each) => total + each, 0) / countLearned(examples)
}

export function countLearned(examples: readonly Example[]): number {
  return examples.reduce((total, { learned }) => total + learned.length, 0)
}
