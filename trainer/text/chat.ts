import { Environment, Interpreter, Template } from '@huggingface/jinja'
import { WhetstoneError } from '#trainer/errors.ts'
import type { TokenizerConfig } from './tokenizer-files.ts'

export interface Message {
  role: 'system' | 'user' | 'assistant'
  content: string
}

/** A string means one user turn. */
export type Prompt = string | Message[]

/** The template of Whetstone's own models: <|role|>content<|end|> …, then <|assistant|>. */
export const defaultChatTemplate =
  "{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"

const templates = new Map<string, Template>()

/**
 * A prompt by the tokenizer's chat template with the generation prompt. Where a message contains the text of a
 * special token, `shield`, a character that occurs nowhere else, stands behind its first character: so only the
 * template's own special tokens are whole. Without a template a single user turn is its plain text.
 * Throws CHAT_TEMPLATE_FAILED.
 */
export function renderPrompt(
  prompt: Prompt,
  config: TokenizerConfig,
  specialTokens: string[],
): { text: string; shield: string } {
  const messages = typeof prompt === 'string' ? [{ role: 'user' as const, content: prompt }] : prompt
  const shield = unusedCharacter(messages)
  const guarded = messages.map(({ role, content }) => ({
    role,
    content: guard(content, specialTokens, shield),
  }))
  const source = chatTemplate(config)
  if (source === undefined) {
    if (guarded.length === 1 && guarded[0]!.role === 'user') return { text: guarded[0]!.content, shield }
    throw new WhetstoneError(
      'CHAT_TEMPLATE_FAILED',
      `the prompt has ${messages.length} messages, but the model has no chat template`,
      'set chat_template in tokenizer_config.json, or give prompts as plain text',
    )
  }
  try {
    let template = templates.get(source)
    if (!template) {
      template = new Template(source)
      templates.set(source, template)
    }
    const name = (token: TokenizerConfig['eos_token']) =>
      (typeof token === 'string' ? token : token?.content) ?? ''
    const text = render(template, {
      messages: guarded,
      add_generation_prompt: true,
      eos_token: name(config.eos_token),
      bos_token: name(config.bos_token),
      pad_token: name(config.pad_token),
      unk_token: name(config.unk_token),
    })
    return { text, shield }
  } catch (error) {
    throw new WhetstoneError(
      'CHAT_TEMPLATE_FAILED',
      `the chat template fails: ${error instanceof Error ? error.message : error}`,
      'check chat_template in tokenizer_config.json, and the roles of the messages',
      { cause: error },
    )
  }
}

/** What every template may use, as transformers gives it; but today is always the same day, so that a prompt is the same tomorrow. */
const globals = {
  ...{ true: true, True: true, false: false, False: false, none: null, None: null },
  raise_exception: (message: string) => {
    throw new Error(message)
  },
  range: (first: number, end?: number, step = 1) => {
    const [start, stop] = end === undefined ? [0, first] : [first, end]
    return Array.from({ length: Math.max(0, Math.ceil((stop - start) / step)) }, (_, i) => start + i * step)
  },
  strftime_now: (format: string) => format.replace(/%(.)/g, (whole, letter) => templateDay[letter] ?? whole),
}

/** Friday, 26 July 2024: the day that Llama 3's template takes where it is told none. */
const templateDay: Record<string, string> = {
  ...{ d: '26', m: '07', b: 'Jul', B: 'July', Y: '2024', y: '24', a: 'Fri', A: 'Friday', j: '208' },
  ...{ H: '00', M: '00', S: '00', '%': '%' },
}

function render(template: Template, values: Record<string, unknown>): string {
  const environment = new Environment()
  for (const [name, value] of Object.entries({ ...globals, ...values })) environment.set(name, value)
  return String(new Interpreter(environment).run(template.parsed).value)
}

/** The source of the template for plain conversations, where the model has one. */
export function chatTemplate({ chat_template: template }: TokenizerConfig): string | undefined {
  if (Array.isArray(template))
    return (template.find(({ name }) => name === 'default') ?? template[0])?.template
  return template ?? undefined
}

function guard(content: string, specialTokens: string[], shield: string): string {
  let text = content
  for (const token of specialTokens) {
    const [first = ''] = token
    text = text.replaceAll(token, first + shield + token.slice(first.length))
  }
  return text
}

/** A private-use character that no message contains. */
function unusedCharacter(messages: Message[]): string {
  for (let code = 0xf0000; ; code++) {
    const character = String.fromCodePoint(code)
    if (messages.every(({ content }) => !content.includes(character))) return character
  }
}
