-- AlterEnum
-- This migration adds more than one value to an enum.
-- With PostgreSQL versions 11 and earlier, this is not possible
-- in a single migration. This can be worked around by creating
-- multiple migrations, each migration adding only one value to
-- the enum.


ALTER TYPE "RunKind" ADD VALUE 'REINFORCE';
ALTER TYPE "RunKind" ADD VALUE 'RLOO';
ALTER TYPE "RunKind" ADD VALUE 'GRPO';
ALTER TYPE "RunKind" ADD VALUE 'TRPO';
ALTER TYPE "RunKind" ADD VALUE 'RAFT';
ALTER TYPE "RunKind" ADD VALUE 'DPO';
