-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "ComparisonKind" ADD VALUE 'REPEAT';
ALTER TYPE "ComparisonKind" ADD VALUE 'ADJUDICATION';

-- AlterEnum
ALTER TYPE "RunKind" ADD VALUE 'SCORE';

-- AlterTable
ALTER TABLE "Batch" ADD COLUMN     "goldRate" DOUBLE PRECISION NOT NULL DEFAULT 0,
ADD COLUMN     "repeatRate" DOUBLE PRECISION NOT NULL DEFAULT 0;

-- AlterTable
ALTER TABLE "Comparison" ADD COLUMN     "assigneeIds" TEXT[] DEFAULT ARRAY[]::TEXT[],
ADD COLUMN     "gold" JSONB,
ADD COLUMN     "originalId" TEXT,
ADD COLUMN     "reason" JSONB,
ADD COLUMN     "requeuedAt" TIMESTAMP(3);

-- AlterTable
ALTER TABLE "Completion" ADD COLUMN     "authorId" TEXT,
ADD COLUMN     "editedFromId" TEXT;

-- AlterTable
ALTER TABLE "Ranking" ADD COLUMN     "editId" TEXT;

-- CreateTable
CREATE TABLE "CompletionScore" (
    "completionId" TEXT NOT NULL,
    "modelVersionId" TEXT NOT NULL,
    "score" DOUBLE PRECISION NOT NULL,
    "heads" DOUBLE PRECISION[],
    "createdAt" TIMESTAMP(3) NOT NULL DEFAULT CURRENT_TIMESTAMP,

    CONSTRAINT "CompletionScore_pkey" PRIMARY KEY ("completionId","modelVersionId")
);

-- CreateIndex
CREATE INDEX "CompletionScore_modelVersionId_idx" ON "CompletionScore"("modelVersionId");

-- CreateIndex
CREATE INDEX "Comparison_originalId_idx" ON "Comparison"("originalId");

-- AddForeignKey
ALTER TABLE "Completion" ADD CONSTRAINT "Completion_editedFromId_fkey" FOREIGN KEY ("editedFromId") REFERENCES "Completion"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Completion" ADD CONSTRAINT "Completion_authorId_fkey" FOREIGN KEY ("authorId") REFERENCES "user"("id") ON DELETE SET NULL ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CompletionScore" ADD CONSTRAINT "CompletionScore_completionId_fkey" FOREIGN KEY ("completionId") REFERENCES "Completion"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "CompletionScore" ADD CONSTRAINT "CompletionScore_modelVersionId_fkey" FOREIGN KEY ("modelVersionId") REFERENCES "ModelVersion"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Comparison" ADD CONSTRAINT "Comparison_originalId_fkey" FOREIGN KEY ("originalId") REFERENCES "Comparison"("id") ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE "Ranking" ADD CONSTRAINT "Ranking_editId_fkey" FOREIGN KEY ("editId") REFERENCES "Completion"("id") ON DELETE RESTRICT ON UPDATE CASCADE;
