import { existsSync } from 'node:fs'
import { beforeAll, expect, it } from 'vitest'
import { startEngine } from '#trainer/engine/start.ts'
import { mapFile } from './map-file.ts'

beforeAll(() => startEngine('auto'))

// Files of sysfs have a size and cannot be mapped: ENODEV.
const unmappable = '/sys/kernel/mm/transparent_hugepage/enabled'

it.skipIf(!existsSync(unmappable))('leaves a file that cannot be mapped to be read', () => {
  expect(mapFile(unmappable)).toBe(undefined)
})

it('throws for a file that is not there, or gives none at all', () => {
  const missing = () => mapFile('/nowhere/at-all')
  if (mapFile(import.meta.filename) === undefined) expect(missing()).toBe(undefined)
  else expect(missing).toThrow('/nowhere/at-all: No such file')
})
