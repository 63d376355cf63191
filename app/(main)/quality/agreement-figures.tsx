import type { QualityOverview } from '#lib/quality/overview.ts'
import { formatNumber } from '../../ui/quantity.tsx'
import { FigureList } from './figure-list.tsx'

type Found = Pick<
  QualityOverview,
  'comparisons' | 'alpha' | 'alphaGraded' | 'fleissKappa' | 'gradeAlpha' | 'tau' | 'agreement'
>

/** How much the annotators agree, by every measure there is. */
export function AgreementFigures({ found }: { found: Found }) {
  const coefficients = [found.alpha, found.alphaGraded, found.fleissKappa, found.gradeAlpha, found.tau]
  const lowest = Math.min(0, ...coefficients.flatMap((each) => each?.low ?? each?.value ?? 0))
  return (
    <>
      <FigureList
        from={lowest < 0 ? Math.max(-1, Math.floor(lowest * 5) / 5) : 0}
        figures={[
          {
            label: 'Krippendorff’s α',
            sentence:
              'Agreement beyond chance on pairs of responses: 1 is complete, 0 is guessing. A tie is a verdict like the other two.',
            estimate: found.alpha,
            chance: 0,
            missing: 'All said the same',
          },
          {
            label: 'α, a tie as half',
            sentence: 'The same, where a tie against a winner is only half a disagreement.',
            estimate: found.alphaGraded,
            chance: 0,
            missing: 'All said the same',
          },
          {
            label: 'Fleiss’ κ',
            sentence: 'Agreement beyond chance with every pair of responses weighing the same.',
            estimate: found.fleissKappa,
            chance: 0,
            missing: 'All said the same',
          },
          {
            label: (
              <>
                Kendall’s τ<sub>b</sub>
              </>
            ),
            sentence:
              'How alike two whole rankings of three responses or more are: 1 is the same order, −1 its reverse.',
            estimate: found.tau,
            chance: 0,
            missing: 'Needs comparisons of three',
          },
          {
            label: 'α of grades',
            sentence: 'Agreement on how much better one of a pair is, from negligibly to significantly.',
            estimate: found.gradeAlpha,
            chance: 0,
            missing: 'Needs pairs graded by two',
          },
          {
            label: 'Ordered alike',
            sentence:
              'Of the pairs that two annotators put in an order, the share with the same one; guessing gives 50 %. InstructGPT’s labelers reached 73 %.',
            share: found.agreement,
            chance: 0.5,
            missing: 'Only ties',
          },
        ]}
      />
      <p className="mt-2 text-13 text-ink-3">
        From {formatNumber(found.comparisons)} {found.comparisons === 1 ? 'comparison' : 'comparisons'} that
        two annotators or more ranked; in brackets 95 % intervals, the line marks chance.
      </p>
    </>
  )
}
