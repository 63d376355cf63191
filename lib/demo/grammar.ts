import {
  days,
  moods,
  names,
  objectNames,
  type RemarkName,
  remarks,
  type Topic,
  type TopicName,
  topicNames,
  topics,
} from './phrases.ts'
import { pick, pickWeighted, type Random, seededRandom } from './random.ts'

export interface Subject {
  topic: TopicName
  /** The thing the customer writes about: a product, 'order', 'password' or 'subscription'. */
  object: string
}

export interface CustomerMessage extends Subject {
  text: string
}

export type PartName =
  | RemarkName
  | 'acknowledgement'
  | 'wrongAcknowledgement'
  | 'step'
  | 'wrongStep'
  | 'nothing'

export interface Part {
  name: PartName
  text: string
}

type Slot = Partial<Record<PartName, number>>

/** Agents of the support desk: how likely each fills the four places of a reply with what. */
const agents: Record<string, { weight: number; opening: Slot; subject: Slot; body: Slot; closing: Slot }> = {
  kind: {
    weight: 4,
    opening: { kindOpening: 7, plainOpening: 2, nothing: 1 },
    subject: { acknowledgement: 5, wrongAcknowledgement: 0.4, nothing: 3 },
    body: { step: 5, wrongStep: 0.4, vague: 2, refusal: 1, offSubject: 1 },
    closing: { kindClosing: 6, plainClosing: 1, nothing: 4 },
  },
  plain: {
    weight: 4,
    opening: { kindOpening: 2, plainOpening: 5, nothing: 3 },
    subject: { acknowledgement: 4, wrongAcknowledgement: 0.4, nothing: 4 },
    body: { step: 5, wrongStep: 0.4, vague: 2, refusal: 2 },
    closing: { kindClosing: 2, plainClosing: 4, nothing: 4 },
  },
  rude: {
    weight: 3,
    opening: { rudeOpening: 7, plainOpening: 2, nothing: 1 },
    subject: { acknowledgement: 4, wrongAcknowledgement: 0.4, nothing: 4 },
    body: { step: 3, wrongStep: 0.4, refusal: 4, vague: 1 },
    closing: { rudeClosing: 7, plainClosing: 1, nothing: 2 },
  },
  curt: {
    weight: 2,
    opening: { nothing: 6, plainOpening: 3, rudeOpening: 1 },
    subject: { nothing: 7, acknowledgement: 3 },
    body: { step: 3, refusal: 4, vague: 2 },
    closing: { nothing: 8, plainClosing: 1, rudeClosing: 1 },
  },
  vague: {
    weight: 2,
    opening: { kindOpening: 4, plainOpening: 4, nothing: 2 },
    subject: { acknowledgement: 3, wrongAcknowledgement: 0.4, rambling: 4 },
    body: { vague: 7, step: 1, refusal: 2 },
    closing: { kindClosing: 3, plainClosing: 3, vague: 2, nothing: 2 },
  },
  dreamy: {
    weight: 2,
    opening: { kindOpening: 3, plainOpening: 3, offSubject: 4 },
    subject: { acknowledgement: 2, wrongAcknowledgement: 0.4, rambling: 3, offSubject: 2 },
    body: { offSubject: 5, step: 2, vague: 3 },
    closing: { kindClosing: 3, offSubject: 3, nothing: 4 },
  },
}

const agentWeights = Object.fromEntries(Object.entries(agents).map(([name, agent]) => [name, agent.weight]))

/** A customer's message, drawn from the grammar; at most about 28 tokens. */
export function customerMessage(random: Random): CustomerMessage {
  const topic = pick(random, topicNames)
  const rules: Topic = topics[topic]
  const template = pick(random, rules.messages)
  const object = template.includes('{object}') ? pick(random, rules.objects) : rules.fallback
  const mood = moods[pick(random, Object.keys(moods) as (keyof typeof moods)[])]
  const sentences = [pick<string>(random, mood.openings), template, pick<string>(random, mood.closings)]
  return { text: fill(random, sentences.filter(Boolean).join(' '), object), topic, object }
}

/** The parts of one reply by an agent drawn at random, in order; parts that say nothing are left out. */
export function replyParts(random: Random, subject: Subject): Part[] {
  const agent = agents[pickWeighted(random, agentWeights)] as (typeof agents)[string]
  const parts: Part[] = []
  for (const slot of [agent.opening, agent.subject, agent.body, agent.closing]) {
    const name = pickWeighted(random, slot as Record<PartName, number>)
    if (name === 'nothing') continue
    const text = partText(random, name, subject)
    if (parts.every((part) => part.text !== text)) parts.push({ name, text })
  }
  return parts
}

export function reply(random: Random, subject: Subject): string {
  return replyParts(random, subject)
    .map((part) => part.text)
    .join(' ')
}

function partText(random: Random, name: Exclude<PartName, 'nothing'>, { topic, object }: Subject): string {
  if (name === 'acknowledgement')
    return fill(random, pick<string>(random, topics[topic].acknowledgements), object)
  if (name === 'step') return fill(random, pick<string>(random, topics[topic].steps), object)
  if (name === 'wrongAcknowledgement' || name === 'wrongStep') {
    const other = otherSubject(random, { topic, object })
    const texts: readonly string[] =
      name === 'wrongStep' ? topics[other.topic].steps : topics[other.topic].acknowledgements
    return fill(random, pick(random, texts), other.object)
  }
  return fill(random, pick<string>(random, remarks[name]), object)
}

/** A subject with another topic and, where the topic has a choice, another object. */
function otherSubject(random: Random, { topic, object }: Subject): Subject {
  const otherTopic = pick(
    random,
    topicNames.filter((name) => name !== topic),
  )
  const objects = (topics[otherTopic].objects as readonly string[]).filter((name) => name !== object)
  return { topic: otherTopic, object: pick(random, objects) }
}

function fill(random: Random, template: string, object: string): string {
  const name = pick(random, names)
  return template
    .replaceAll('{object}', object)
    .replaceAll('{day}', () => pick(random, days))
    .replaceAll('{name}', name)
    .replaceAll('{number}', () => String(100 + Math.floor(random() * 900)))
}

/** The topic and object of a message by its words, or null when it is not about anything the shop does. */
export function subjectOf(message: string): Subject | null {
  const text = message.toLowerCase()
  const topic = topicNames.find((name) => topics[name].clue.test(text))
  if (!topic) return null
  const object = objectNames.find((name) => name !== 'order' && new RegExp(`\\b${name}\\b`).test(text))
  return { topic, object: object ?? topics[topic].fallback }
}

/** `count` customers' messages, all different, the same for the same seed. */
export function distinctMessages(seed: number, count: number): CustomerMessage[] {
  const random = seededRandom('messages', seed)
  const messages = new Map<string, CustomerMessage>()
  for (let tries = 0; messages.size < count; tries++) {
    if (tries > count * 50) throw new RangeError(`the grammar has fewer than ${count} different messages`)
    const message = customerMessage(random)
    if (!messages.has(message.text)) messages.set(message.text, message)
  }
  return [...messages.values()]
}

/** Supervised examples for the base policy: messages of the grammar with replies of the whole desk. */
export function supportDesk(seed: number, count: number): { prompt: string; completion: string }[] {
  const random = seededRandom('desk', seed)
  return Array.from({ length: count }, () => {
    const message = customerMessage(random)
    return { prompt: message.text, completion: reply(random, message) }
  })
}
