/** tokenizer.json as far as it is read here. */
export interface TokenizerJson {
  added_tokens?: { id: number; content: string; special?: boolean }[]
  model: { type: string; vocab: Record<string, number> | unknown; [key: string]: unknown }
  [key: string]: unknown
}

/** tokenizer_config.json as far as it is read here. */
export interface TokenizerConfig {
  eos_token?: string | { content: string } | null
  pad_token?: string | { content: string } | null
  bos_token?: string | { content: string } | null
  unk_token?: string | { content: string } | null
  chat_template?: string | { name: string; template: string }[] | null
  [key: string]: unknown
}
