import { join, resolve } from 'node:path'
import { startEngine } from '#trainer/engine/start.ts'
import { saveAdapter } from '#trainer/io/adapter-folder.ts'
import { makeModel, saveModel } from '#trainer/io/model-folder.ts'
import { strongParameters, tinyConfig, tinyLlama } from '#trainer/nn/checks.ts'
import { addHead } from '#trainer/nn/heads.ts'
import type { TransformerConfig } from '#trainer/nn/transformer.ts'
import { specialTokens, trainBpe } from '#trainer/text/bpe.ts'
import { defaultChatTemplate } from '#trainer/text/chat.ts'
import { makeTokenizer } from '#trainer/text/tokenizer.ts'

/**
 * node scripts/parity/write.ts DIR: a tiny model of every architecture, kind and adapter that Whetstone writes, each in a folder of DIR, for
 * dump.ts and check.py.
 */

const [folder] = process.argv.slice(2)
if (!folder) throw new Error('give the folder to write into')
const tokenizer = makeTokenizer(trainBpe(['the theme there then in a a b b'], 266), {
  tokenizer_class: 'PreTrainedTokenizerFast',
  clean_up_tokenization_spaces: false,
  eos_token: specialTokens.end,
  pad_token: specialTokens.pad,
  chat_template: defaultChatTemplate,
})
const roles = {
  vocabSize: 272,
  maxPositions: 96,
  eosTokenId: tokenizer.eosTokenId,
  padTokenId: tokenizer.padTokenId,
}
const llama = { ...tinyLlama, ...roles }
const rotary = { lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 16 }
const configs: Record<string, TransformerConfig> = {
  gpt2: { ...tinyConfig, ...roles },
  llama: { ...llama, family: 'llama', ropeScaling: { type: 'llama3', factor: 8, ...rotary } },
  'llama-biases': {
    ...{
      ...llama,
      family: 'llama',
      attentionBias: true,
      outputBias: true,
      mlpBias: true,
      tiedEmbeddings: true,
    },
    ropeScaling: { type: 'linear', factor: 2 },
  },
  mistral: { ...llama, family: 'mistral' },
  qwen2: { ...llama, family: 'qwen2', attentionBias: true, tiedEmbeddings: true },
  qwen3: {
    ...{ ...llama, family: 'qwen3', queryKeyNorm: true },
    ropeScaling: { type: 'yarn', factor: 4, originalMaxPositions: 16, betaFast: 32, betaSlow: 1 },
  },
}

await startEngine('auto')
for (const [name, config] of Object.entries(configs)) {
  const place = (tail: string) => resolve(join(folder, name + tail))
  await saveModel(place(''), makeModel('policy', config, strongParameters(config, 1), tokenizer))
  for (const kind of ['reward', 'value'] as const) {
    const parameters = strongParameters(config, 2)
    addHead(parameters, 'reward', config.width, 3)
    if (kind === 'value') {
      const weight = parameters.get('score.weight')!
      addHead(parameters, 'value', config.width, 3)
      parameters.get('classifier.weight')!.assign(weight)
      parameters.delete('score.weight')
    }
    await saveModel(place(`-${kind}`), makeModel(kind, config, parameters, tokenizer))
  }
  // The base's own parameters, by the same seed, and an adapter of some strength.
  for (const kind of ['policy', 'reward'] as const) {
    const adapted = {
      ...config,
      adapter: { rank: 3, alpha: 5, targets: 'all-linear' as const, rsLora: kind === 'reward' },
    }
    const parameters = strongParameters(adapted, 1)
    if (kind === 'reward') addHead(parameters, 'reward', config.width, 4)
    await saveAdapter(place(`-adapter-${kind}`), makeModel(kind, adapted, parameters, tokenizer), {
      base: place(''),
    })
  }
}
