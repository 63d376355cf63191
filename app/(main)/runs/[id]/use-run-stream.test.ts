import { expect, test } from 'vitest'
import { watchRunInput } from '#lib/runs/watch.ts'
import { eventsAddress } from './use-run-stream.ts'

const asked = (address: string) =>
  watchRunInput.parse({ id: 'r', ...Object.fromEntries(new URL(address, 'http://localhost').searchParams) })

test('a connection goes on after the last step and the last log line that were seen', () => {
  expect(eventsAddress('r', 12, 345)).toMatch(/^\/api\/runs\/r\/events\?/)
  expect(asked(eventsAddress('r', 12, 345))).toEqual({ id: 'r', after: 12, log: 345 })
  expect(asked(eventsAddress('r', undefined, 0))).toEqual({ id: 'r', after: -1, log: 0 })
})
