-- What schema.prisma cannot say: partial indexes and checks.

-- The queue serves people's own comparisons; gold, repeated and adjudicated ones are chosen otherwise.
DROP INDEX "Comparison_open_idx";
DROP INDEX "Comparison_open_in_batch_idx";
CREATE INDEX "Comparison_open_idx" ON "Comparison" ("workspaceId", "priority" DESC, "createdAt", "id")
  WHERE "taken" < "overlap" AND "kind" IN ('LABEL', 'EVALUATION');
CREATE INDEX "Comparison_open_in_batch_idx" ON "Comparison" ("batchId", "priority" DESC, "createdAt", "id")
  WHERE "taken" < "overlap" AND "kind" IN ('LABEL', 'EVALUATION');
CREATE INDEX "Comparison_gold_idx" ON "Comparison" ("workspaceId", "batchId") WHERE "kind" = 'GOLD';
-- One adjudication of a comparison.
CREATE UNIQUE INDEX "Comparison_adjudication_key" ON "Comparison" ("originalId") WHERE "kind" = 'ADJUDICATION';

ALTER TABLE "Comparison"
  ADD CONSTRAINT "Comparison_original_check" CHECK (("originalId" IS NOT NULL) = ("kind" IN ('REPEAT', 'ADJUDICATION'))),
  ADD CONSTRAINT "Comparison_gold_check" CHECK (("gold" IS NOT NULL) = ("kind" = 'GOLD'));
ALTER TABLE "Batch"
  ADD CONSTRAINT "Batch_goldRate_check" CHECK ("goldRate" BETWEEN 0 AND 0.5),
  ADD CONSTRAINT "Batch_repeatRate_check" CHECK ("repeatRate" BETWEEN 0 AND 0.5);
