/**
 * Generalised advantage estimation over packed responses (see masks.ts); the value after the last token is 0.
 * Returns advantages A_t = Σ_l (γλ)^l δ_{t+l} with δ_t = r_t + γ·V_{t+1} − V_t, and returns A + V, both before whitening.
 * Source: Schulman et al. 2016, equation 16; docs/algorithms.md, 8.
 */
export function gae(
  rewards: Float32Array,
  values: Float32Array,
  starts: Int32Array,
  { gamma, lambda }: { gamma: number; lambda: number },
): { advantages: Float32Array; returns: Float32Array } {
  const advantages = new Float32Array(rewards.length)
  const returns = new Float32Array(rewards.length)
  for (let row = 0; row + 1 < starts.length; row++) {
    let advantage = 0
    let nextValue = 0
    for (let t = starts[row + 1]! - 1; t >= starts[row]!; t--) {
      const delta = rewards[t]! + gamma * nextValue - values[t]!
      advantage = delta + gamma * lambda * advantage
      nextValue = values[t]!
      advantages[t] = advantage
      returns[t] = advantage + values[t]!
    }
  }
  return { advantages, returns }
}
