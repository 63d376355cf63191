import { WhetstoneError } from '#trainer/errors.ts'
import type { TokenizerConfig } from './tokenizer-files.ts'

/** Names that models give to a token of padding, or to one that their texts never hold. */
const paddingNames = [
  '<|pad|>',
  '<pad>',
  '[PAD]',
  '<|finetune_right_pad_id|>',
  '<|endoftext|>',
  '<|end_of_text|>',
  '<unk>',
]

interface Vocabulary {
  /** The id of a token, special or not. */
  idOf(token: string): number | undefined
  /** Every special token's id, by its text. */
  special: Map<string, number>
  template: string | undefined
}

/**
 * The ids of the tokens that end, pad and begin texts. Padding is never EOS: where tokenizer_config.json says so, or names none, it is
 * the first that exists of: a token by one of the usual names, another special one that the chat template does not write, and of a
 * byte-level vocabulary the byte 0xFF, which is in no UTF-8. Throws TOKENIZER_WITHOUT_EOS, PAD_IS_EOS.
 */
export function specialRoles(config: TokenizerConfig, vocabulary: Vocabulary) {
  const { idOf, special } = vocabulary
  const textOf = (token: TokenizerConfig['eos_token']) => (typeof token === 'string' ? token : token?.content)
  const named = (token: TokenizerConfig['eos_token']) => {
    const text = textOf(token)
    return text === undefined ? undefined : (special.get(text) ?? idOf(text))
  }
  const eosTokenId = named(config.eos_token)
  if (eosTokenId === undefined) {
    throw new WhetstoneError(
      'TOKENIZER_WITHOUT_EOS',
      `eos_token is ${JSON.stringify(config.eos_token)}, which is no token`,
      'set eos_token in tokenizer_config.json to a token of tokenizer.json',
    )
  }
  const given = named(config.pad_token)
  const bosTokenId = named(config.bos_token) ?? null
  const padTokenId =
    given !== undefined && given !== eosTokenId ? given : choosePad(vocabulary, eosTokenId, bosTokenId)
  if (padTokenId === undefined) {
    throw new WhetstoneError(
      'PAD_IS_EOS',
      `pad_token is ${JSON.stringify(config.pad_token ?? null)}; it must be a token of its own, other than eos_token`,
      'add a token such as "<|pad|>" to tokenizer.json (special, within the model\'s vocabulary) and name it as pad_token',
    )
  }
  return { eosTokenId, padTokenId, bosTokenId }
}

function choosePad(
  { idOf, special, template = '' }: Vocabulary,
  eos: number,
  bos: number | null,
): number | undefined {
  const free = (id: number | undefined) => id !== undefined && id !== eos && id !== bos
  for (const name of paddingNames) if (special.has(name) && free(special.get(name))) return special.get(name)
  for (const [text, id] of special) if (free(id) && !template.includes(text)) return id
  // GPT-2's stand-in for the byte 0xFF is ÿ; see text/bpe.ts' byteAlphabet.
  const [byte, space] = [idOf('ÿ'), idOf('Ġ')]
  return space !== undefined && free(byte) ? byte : undefined
}
