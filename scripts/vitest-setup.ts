import fc from 'fast-check'

// Properties are tried on the same values by everybody; FAST_CHECK_SEED=7 npx vitest run … tries others.
fc.configureGlobal({ seed: Number(process.env.FAST_CHECK_SEED ?? 1) })
