import { expect, test } from 'vitest'
import { gainOf } from './reward-scores.ts'

test('a reward model whose folder is gone from storage is unavailable, by name, and not "not found"', async () => {
  await expect(gainOf({ artifact: 'models/gone' })).rejects.toMatchObject({
    code: 'UNAVAILABLE',
    message: expect.stringContaining('models/gone'),
  })
})
