import { existsSync, readFileSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

const require = createRequire(import.meta.url)

/** The ES modules of tfjs-core, beside the CommonJS build that Node's own resolution finds. */
const folder = dirname(require.resolve('@tensorflow/tfjs-core'))
const folderUrl = pathToFileURL(folder).href

/** TensorFlow.js' own list of its test files, relative to tfjs-core's dist, without those of its documentation's snippets. */
export function testFiles(): string[] {
  const list = readFileSync(join(folder, 'tests.js'), 'utf8')
  return [...list.matchAll(/^import '\.\/(.+)';$/gm)].map((match) => `${match[1]}.js`)
}

/** Loads one of the ES modules of tfjs-core. Its tests define themselves as it loads. */
export function loadModule(file: string): Record<string, unknown> {
  return require(join(folder, file)) as Record<string, unknown>
}

/**
 * Makes Node load those modules: they import each other without extensions, are not declared to be ES modules,
 * and two of them call `require`.
 */
export function defineModules(): void {
  registerHooks({
    resolve(specifier, context, next) {
      if (!context.parentURL?.startsWith(folderUrl) || !specifier.startsWith('.'))
        return next(specifier, context)
      const path = fileURLToPath(new URL(specifier, context.parentURL))
      const file = [path, `${path}.js`, join(path, 'index.js')].find(
        (file) => file.endsWith('.js') && existsSync(file),
      )
      return next(file ? pathToFileURL(file).href : specifier, context)
    },
    load(url, context, next) {
      if (!url.startsWith(folderUrl) || url.endsWith('tf-core.node.js')) return next(url, context)
      const source = readFileSync(fileURLToPath(url), 'utf8')
      // A package's own namespace, as a bundler gives it: its functions are no named exports to Node.
      const imported = /^import \* as (\w+) from '([^.'][^']*)';$/gm
      return {
        format: 'module',
        source: source.replace(imported, "const $1 = require('$2');"),
        shortCircuit: true,
      }
    },
  })
  const withoutJasmine = (id: string) => (id.startsWith('jasmine-core') ? { core: () => ({}) } : require(id))
  Object.assign(globalThis, { require: Object.assign(withoutJasmine, { resolve: require.resolve }) })
}
