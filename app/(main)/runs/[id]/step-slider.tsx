'use client'

import { Label, Slider, SliderThumb, SliderTrack } from 'react-aria-components'

/** Walks the steps of which there are samples. */
export function StepSlider({
  steps,
  step,
  onChange,
}: {
  steps: number[]
  step: number
  onChange: (step: number) => void
}) {
  const at = Math.max(0, steps.indexOf(step))
  return (
    <Slider
      value={at}
      minValue={0}
      maxValue={Math.max(steps.length - 1, 1)}
      isDisabled={steps.length < 2}
      onChange={(index) => onChange(steps[Math.min(index, steps.length - 1)]!)}
      className="flex max-w-xl items-center gap-4"
    >
      <Label className="text-13 whitespace-nowrap text-ink-2">
        Step <span className="inline-block min-w-10 font-medium text-ink">{step}</span>
      </Label>
      <SliderTrack className="relative h-6 flex-1">
        <span className="absolute inset-x-0 top-2.5 h-1 rounded-full bg-line" />
        <SliderThumb
          aria-valuetext={`step ${step}`}
          className="top-1/2 size-4 rounded-full border border-ink bg-surface data-dragging:bg-ink"
        />
      </SliderTrack>
    </Slider>
  )
}
