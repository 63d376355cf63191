import { z } from 'zod'
import { overview } from '#lib/home/overview.ts'
import { handle } from '../handle.ts'

export const GET = handle('home.read', z.strictObject({}), overview)
