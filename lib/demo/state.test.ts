import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { loadState, newState, saveState } from './state.ts'

test('a state that was saved is read again, by its owner only, and nothing else is left in the folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'demo-state-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  expect(loadState(folder)).toBeNull()
  const state = newState(7, '')
  saveState(folder, state)
  state.ids.base = 'model-1'
  state.finished.push('setup')
  saveState(folder, state)
  expect(loadState(folder)).toEqual(state)
  expect(readdirSync(folder)).toEqual(['state.json'])
  expect(statSync(join(folder, 'state.json')).mode & 0o077).toBe(0)
})

test('two demos do not share a password', () => {
  expect(newState(7, '').password).not.toBe(newState(7, '').password)
  expect(newState(7, '').password.length).toBeGreaterThanOrEqual(10)
})
