import { isAdapterFolder, openAdapter } from './adapter-folder.ts'
import { configFromHuggingFace } from './model-config.ts'
import { eosTokenIds, loadTokenizer, readJson } from './model-folder.ts'
import { openWeights } from './weights.ts'

/** What a person wants to know of a model folder, line by line. Throws as loading it would, but reads no weights. */
export function describeModel(folder: string): string[] {
  if (isAdapterFolder(folder)) {
    const { base, lora, weights } = openAdapter(folder)
    weights.close()
    return [`an adapter of rank ${lora.rank} beside ${base}`, ...describeModel(base)]
  }
  const hf = readJson(folder, 'config.json')
  const tokenizer = loadTokenizer(folder)
  const { config, notes } = configFromHuggingFace(hf, tokenizer, folder)
  const weights = openWeights(folder)
  try {
    const sizes = Array.from(weights.shapes.values(), (shape) => shape.reduce((a, b) => a * b, 1))
    const parameters = sizes.reduce((a, b) => a + b, 0)
    const [name] = (hf.architectures ?? [hf.model_type]) as string[]
    const token = (id: number) => `${JSON.stringify(tokenizer.pieces([id])[0])} (${id})`
    const others = eosTokenIds(folder, hf, config.eosTokenId).slice(1)
    return [
      `${name}: ${(parameters / 1e6).toFixed(1)} million parameters in ${weights.precision(weights.shapes.keys())}, ${config.layers} layers of ${config.width}, a context of ${config.maxPositions}`,
      `${config.vocabSize} tokens; a text ends with ${token(config.eosTokenId)} and is padded with ${token(config.padTokenId)}`,
      ...(others.length > 0
        ? [`generation stops at that end alone; the model also names ${others.map(token).join(', ')}`]
        : []),
      tokenizer.config.chat_template
        ? 'it has a chat template'
        : 'it has no chat template: prompts are plain text',
      ...notes,
    ]
  } finally {
    weights.close()
  }
}
