import type { TransformerConfig } from '#trainer/nn/transformer.ts'

/** How a tensor of llama.cpp becomes one of Hugging Face's. */
export interface Place {
  name: string
  /** Of GGUF's values of that shape, those of Hugging Face. */
  convert?: (values: Float32Array<ArrayBuffer>, shape: number[]) => Float32Array<ArrayBuffer>
  transposed?: boolean
}

const llamaParts: Record<string, string> = {
  attn_norm: 'input_layernorm',
  attn_q: 'self_attn.q_proj',
  attn_k: 'self_attn.k_proj',
  attn_v: 'self_attn.v_proj',
  attn_output: 'self_attn.o_proj',
  attn_q_norm: 'self_attn.q_norm',
  attn_k_norm: 'self_attn.k_norm',
  ffn_norm: 'post_attention_layernorm',
  ffn_gate: 'mlp.gate_proj',
  ffn_up: 'mlp.up_proj',
  ffn_down: 'mlp.down_proj',
}

const gpt2Parts: Record<string, string> = {
  attn_norm: 'ln_1',
  attn_qkv: 'attn.c_attn',
  attn_output: 'attn.c_proj',
  ffn_norm: 'ln_2',
  ffn_up: 'mlp.c_fc',
  ffn_down: 'mlp.c_proj',
}

const llamaOuter: Record<string, string> = {
  'token_embd.weight': 'model.embed_tokens.weight',
  'output_norm.weight': 'model.norm.weight',
  'output.weight': 'lm_head.weight',
}

const gpt2Outer: Record<string, string> = {
  'token_embd.weight': 'transformer.wte.weight',
  'position_embd.weight': 'transformer.wpe.weight',
  'output_norm.weight': 'transformer.ln_f.weight',
  'output_norm.bias': 'transformer.ln_f.bias',
}

/**
 * The Hugging Face name of a tensor of llama.cpp's converter (gguf-py's tensor_mapping.py), undefined for one that no Hugging Face model
 * has. Of `architecture` "llama", the rows of queries and keys are in pairs (2i, 2i + 1) there and in halves here; a GPT-2's matrices
 * are [out, in] there and [in, out] here.
 */
export function placeOf(name: string, architecture: string, config: TransformerConfig): Place | undefined {
  const [, layer, part = '', kind] = /^blk\.(\d+)\.(\w+)\.(weight|bias)$/.exec(name) ?? []
  if (config.architecture === 'gpt2') {
    if (layer === undefined) return gpt2Outer[name] ? { name: gpt2Outer[name] } : undefined
    const own = gpt2Parts[part]
    if (!own) return undefined
    const full = `transformer.h.${layer}.${own}.${kind}`
    if (kind === 'bias' || own.startsWith('ln_')) return { name: full }
    return { name: full, transposed: true, convert: transpose }
  }
  if (layer === undefined) return llamaOuter[name] ? { name: llamaOuter[name] } : undefined
  const own = llamaParts[part]
  if (!own) return undefined
  const full = `model.layers.${layer}.${own}.${kind}`
  if (architecture !== 'llama' || (part !== 'attn_q' && part !== 'attn_k')) return { name: full }
  const heads = part === 'attn_q' ? config.heads : config.keyValueHeads
  return { name: full, convert: (values, shape) => unpair(values, shape, heads) }
}

/** [rows, columns] to [columns, rows]. */
function transpose(values: Float32Array<ArrayBuffer>, [rows = 1, columns = 1]: number[]) {
  const turned = new Float32Array(values.length)
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      turned[column * rows + row] = values[row * columns + column]!
  return turned
}

/** Rows of each head from the order (i, half) to (half, i): what LlamaModel.permute of llama.cpp's converter did, undone. */
function unpair(values: Float32Array<ArrayBuffer>, [rows = 1]: number[], heads: number) {
  const columns = values.length / rows
  const headDim = rows / heads
  const ordered = new Float32Array(values.length)
  for (let row = 0; row < rows; row++) {
    const place = row % headDim
    const target = row - place + (place % 2) * (headDim / 2) + (place >>> 1)
    ordered.set(values.subarray(row * columns, (row + 1) * columns), target * columns)
  }
  return ordered
}
