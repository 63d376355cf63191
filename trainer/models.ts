import { existsSync } from 'node:fs'
import { cp } from 'node:fs/promises'
import { resolve } from 'node:path'
import { Command } from 'commander'
import { startEngine } from './engine/start.ts'
import { WhetstoneError } from './errors.ts'
import { adapterKind, isAdapterFolder } from './io/adapter-folder.ts'
import { writeFolder } from './io/atomic.ts'
import { describeModel } from './io/describe.ts'
import { loadModel, mergedModel, saveModel } from './io/model-folder.ts'
import { resolveModel } from './io/resolve.ts'

/** npm run model -- import <name|file|folder> [--out DIR]: brings a model here and says what it is. */

const say = (line: string) => process.stdout.write(`${line}\n`)

async function importModel(
  name: string,
  { out, refresh }: { out?: string; refresh: boolean },
): Promise<void> {
  let folder = await resolveModel(name, { refresh, report: say })
  if (out !== undefined) {
    const target = resolve(out)
    if (existsSync(target))
      throw new WhetstoneError('OUT_NOT_EMPTY', `${target} is there already`, 'give another --out')
    if (isAdapterFolder(folder)) {
      await startEngine('auto')
      await saveModel(target, mergedModel(await loadModel(folder, adapterKind(folder))), {
        precision: 'keep',
      })
      say('merged the adapter into its base')
    } else {
      // cpSync copies links below a folder as links all the same.
      await writeFolder(target, (temporary) => cp(folder, temporary, { recursive: true, dereference: true }))
    }
    folder = target
  }
  for (const line of describeModel(folder)) say(line)
  say(`the model is in ${folder}`)
}

const program = new Command('model').description(
  'Brings models of Hugging Face and GGUF files here; see docs/models.md',
)
program
  .command('import')
  .argument('<name>', 'owner/name[@revision] on the hub, a .gguf file, or a folder')
  .option('--out <folder>', 'copy it there; an adapter is merged into its base')
  .option('--refresh', 'ask the hub for what is new, though it is here', false)
  .action(importModel)
try {
  await program.parseAsync()
} catch (error) {
  if (!(error instanceof WhetstoneError)) throw error
  process.stderr.write(`${error.code}: ${error.message}\n${error.hint}\n`)
  process.exitCode = 1
}
