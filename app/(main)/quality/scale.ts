/** The values of a scale from 0 that reaches `most`, the top one first: two steps of 1, 1.5, 2, 2.5, 3, 4, 5 or 7.5 times a power of ten. */
export function scaleTo(most: number): number[] {
  const power = 10 ** Math.floor(Math.log10(most / 2))
  const step =
    [1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10].map((each) => each * power).find((each) => 2 * each >= most) ??
    most / 2
  // Halves of a comparison say nothing.
  const whole = Math.max(1, Math.ceil(step))
  return [2 * whole, whole, 0]
}
