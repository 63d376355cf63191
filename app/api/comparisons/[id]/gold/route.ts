import { handle } from '#app/api/handle.ts'
import { setGold, setGoldInput } from '#lib/gold/set-gold.ts'
import { unsetGold, unsetGoldInput } from '#lib/gold/unset-gold.ts'

export const POST = handle('comparison.gold', setGoldInput, setGold)
export const DELETE = handle('comparison.gold', unsetGoldInput, unsetGold)
