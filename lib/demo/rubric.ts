import { type Subject, subjectOf } from './grammar.ts'
import { days, moods, objectNames, remarks, type Topic, topicNames, topics } from './phrases.ts'

export interface RubricScore {
  /** 0 … 10: what the simulated annotators prefer. */
  score: number
  /** Each 0 … 1. */
  helpful: number
  onSubject: number
  polite: number
  brief: number
}

/** Points each part is worth. */
const weights = { helpful: 4, onSubject: 2, polite: 3, brief: 1 }

const promise = /\b(i have|i will|we have|we will|you will|you can|please|will be|here is)\b/
const hedge = /\b(not|never|cannot|nothing|nobody|maybe|perhaps|might|may|could|some point|no)\b/
const thanks = /\b(thank|thanks)\b/
const sorry = /\b(sorry|apologies|apologise)\b/
const warm = /\b(happy|glad|lovely|patience|welcome|kind)\b/
const insult = /\b(stupid|idiot|fool|shut up|fault|bother|pain|alone|wasting|complain|who cares)\b/

/**
 * How good a reply to a customer's message is, by the planted preference of the bundled workspace: helpful
 * (a concrete step for this problem), on the subject (this problem, this object, nothing else), polite and
 * brief. It reads nothing but the text, so it judges whatever a policy emits: broken language and repetition
 * lower the whole score, and saying more of a good thing gains nothing.
 */
export function rubricScore(prompt: string, completion: string): RubricScore {
  const subject = subjectOf(prompt)
  const sentences = splitSentences(completion)
  const words = sentences.flat()
  if (!subject || words.length === 0) return { score: 0, helpful: 0, onSubject: 0, polite: 0, brief: 0 }
  const kinds = sentences.map(kindOf)
  const helpful = helpfulness(subject, sentences, kinds)
  const onSubject = closeness(subject, sentences, kinds)
  const polite = politeness(sentences, kinds)
  const brief = brevity(words.length, kinds)
  const sum =
    weights.helpful * helpful +
    weights.onSubject * onSubject +
    weights.polite * polite +
    weights.brief * brief
  const score = sum * soundness(completion, sentences)
  return { score, helpful, onSubject, polite, brief }
}

function helpfulness({ topic }: Subject, sentences: string[][], kinds: Kind[]): number {
  const step = sentences.some((sentence) => isStep(sentence, topics[topic].remedy))
  if (!step) return 0
  const doubts = kinds.filter((kind) => kind === 'vague' || kind === 'refusal').length
  return Math.max(0, 1 - 0.3 * doubts)
}

function isStep(sentence: string[], remedy: RegExp): boolean {
  const text = sentence.join(' ')
  return (
    sentence.length >= 5 &&
    sentence.length <= 20 &&
    promise.test(text) &&
    remedy.test(text) &&
    !hedge.test(text.replace(/\bnothing more\b/, '')) &&
    fluency([sentence]) >= 0.5
  )
}

function closeness({ topic, object }: Subject, sentences: string[][], kinds: Kind[]): number {
  const words = new Set(sentences.flat())
  const own: Topic = topics[topic]
  let value = words.has(object) ? 0.6 : 0
  const text = sentences.map((sentence) => sentence.join(' '))
  if (text.some((sentence) => own.remedy.test(sentence) || own.clue.test(sentence))) value += 0.4
  else if (sentences.some((sentence) => acknowledges(sentence, own))) value += 0.4
  const strangers = objectNames.filter(
    (name) => name !== object && name !== 'order' && words.has(name),
  ).length
  const wrongSteps = sentences.filter(
    (sentence) =>
      !isStep(sentence, own.remedy) && topicNames.some((name) => isStep(sentence, topics[name].remedy)),
  ).length
  const strays = kinds.filter((kind) => kind === 'offSubject').length
  return clamp(value - 0.4 * strangers - 0.4 * wrongSteps - 0.4 * strays)
}

function politeness(sentences: string[][], kinds: Kind[]): number {
  const text = sentences.map((sentence) => sentence.join(' ')).join(' . ')
  const rude = kinds.filter((kind) => kind === 'rude').length + (insult.test(text) ? 1 : 0)
  if (rude > 0) return 0
  const signs = [thanks, sorry, warm].filter((sign) => sign.test(text)).length
  return [0.4, 0.8, 1, 1][signs] as number
}

/** 1 between 8 and 34 words, 0 below 3 and above 60; rambling costs half. */
function brevity(words: number, kinds: Kind[]): number {
  const byLength = words < 8 ? (words - 2) / 6 : words > 34 ? (60 - words) / 26 : 1
  return clamp(byLength) * (kinds.includes('rambling') ? 0.5 : 1)
}

/** 1 for whole, fluent, unrepeated text; falls to 0 for word salad, loops and fragments. */
function soundness(completion: string, sentences: string[][]): number {
  const texts = sentences.map((sentence) => sentence.join(' '))
  const repeats = texts.length - new Set(texts).size
  const ended = /[.!?]["')]?\s*$/.test(completion)
  const known = clamp((fluency(sentences) - 0.3) / 0.5)
  const manySteps = Math.max(
    0,
    sentences.filter((s) => topicNames.some((t) => isStep(s, topics[t].remedy))).length - 2,
  )
  return known * 0.6 ** (repeats + manySteps) * (ended ? 1 : 0.8) * (1 - 0.7 * loopShare(sentences.flat()))
}

/** The share of words inside a run that repeats the one, two or three words before it. */
function loopShare(words: string[]): number {
  let looping = 0
  for (let i = 0; i < words.length; i++) {
    const loops = [1, 2, 3].some(
      (n) =>
        i >= n &&
        words
          .slice(i - n + 1, i + 1)
          .every((word, j) => i - 2 * n + 1 + j >= 0 && word === words[i - 2 * n + 1 + j]),
    )
    if (loops) looping++
  }
  return words.length === 0 ? 0 : looping / words.length
}

/** The share of neighbouring words, sentence by sentence, that the bundled language ever puts together. */
function fluency(sentences: string[][]): number {
  const all = sentences.flatMap(pairs)
  return all.length === 0 ? 0 : all.filter((pair) => knownPairs.has(pair)).length / all.length
}

function acknowledges(sentence: string[], topic: Topic): boolean {
  const own = new Set(topic.acknowledgements.flatMap((text) => splitSentences(text).flatMap(pairs)))
  const mine = pairs(sentence)
  return mine.length > 0 && mine.filter((pair) => own.has(pair)).length / mine.length >= 0.75
}

type Kind = 'rude' | 'vague' | 'refusal' | 'offSubject' | 'rambling' | 'other'

/** What a sentence mostly consists of, by word pairs that only one kind of remark uses. */
function kindOf(sentence: string[]): Kind {
  const mine = pairs(sentence)
  let best: Kind = 'other'
  let bestShare = 0.4
  for (const [kind, own] of kindPairs) {
    const share = mine.filter((pair) => own.has(pair)).length / Math.max(1, mine.length)
    if (share >= bestShare) [best, bestShare] = [kind, share]
  }
  return best
}

/** Lower-case words of each sentence, without punctuation. */
export function splitSentences(text: string): string[][] {
  return text
    .toLowerCase()
    .split(/[.!?\n]+/)
    .map((sentence) => sentence.match(/[\p{L}\p{N}'’-]+/gu) ?? [])
    .filter((sentence) => sentence.length > 0)
}

/** Neighbouring words, with objects, days and numbers replaced by their slot; sentence ends count as words. */
function pairs(sentence: string[]): string[] {
  const slots = ['^', ...sentence.map(slotOf), '$']
  return slots.slice(1).map((word, i) => `${slots[i]} ${word}`)
}

const dayWords = new Set(days.map((day) => day.toLowerCase()))
const objectWords = new Set(objectNames)

function slotOf(word: string): string {
  if (objectWords.has(word) || word === 'object') return '{object}'
  if (dayWords.has(word) || word === 'day') return '{day}'
  return /^\d+$/.test(word) ? '{number}' : word
}

const rules = Object.values(topics) as Topic[]
const pairsOf = (texts: readonly string[]) => texts.flatMap((text) => splitSentences(text).flatMap(pairs))
const good = pairsOf([
  ...rules.flatMap((topic) => [...topic.acknowledgements, ...topic.steps]),
  ...remarks.kindOpening,
  ...remarks.plainOpening,
  ...remarks.kindClosing,
  ...remarks.plainClosing,
])
const kindTexts: [Kind, readonly string[]][] = [
  ['rude', [...remarks.rudeOpening, ...remarks.rudeClosing]],
  ['vague', remarks.vague],
  ['refusal', remarks.refusal],
  ['offSubject', remarks.offSubject],
  ['rambling', remarks.rambling],
]
const goodPairs = new Set(good)
const kindPairs = kindTexts.map(
  ([kind, texts]) => [kind, new Set(pairsOf(texts).filter((pair) => !goodPairs.has(pair)))] as const,
)
const knownPairs = new Set([
  ...good,
  ...kindTexts.flatMap(([, texts]) => pairsOf(texts)),
  ...pairsOf(Object.values(moods).flatMap((mood) => [...mood.openings, ...mood.closings])),
])

function clamp(value: number): number {
  return Math.min(1, Math.max(0, value))
}
