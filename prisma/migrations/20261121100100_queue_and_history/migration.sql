-- What schema.prisma cannot say: partial indexes, checks and triggers.

-- The queue looks only at comparisons that still want somebody, in the order in which they are served.
CREATE INDEX "Comparison_open_idx" ON "Comparison" ("workspaceId", "priority" DESC, "createdAt", "id")
  WHERE "taken" < "overlap";
CREATE INDEX "Comparison_open_in_batch_idx" ON "Comparison" ("batchId", "priority" DESC, "createdAt", "id")
  WHERE "taken" < "overlap";

ALTER TABLE "Comparison"
  ADD CONSTRAINT "Comparison_overlap_check" CHECK ("overlap" BETWEEN 1 AND 1000),
  ADD CONSTRAINT "Comparison_taken_check" CHECK ("taken" BETWEEN 0 AND "overlap"),
  ADD CONSTRAINT "Comparison_submitted_check" CHECK ("submitted" BETWEEN 0 AND "taken");
ALTER TABLE "ComparisonCompletion"
  ADD CONSTRAINT "ComparisonCompletion_position_check" CHECK ("position" BETWEEN 0 AND 8);
ALTER TABLE "Ranking"
  ADD CONSTRAINT "Ranking_strength_check" CHECK ("strength" BETWEEN 1 AND 4),
  ADD CONSTRAINT "Ranking_millisecondsSpent_check" CHECK ("millisecondsSpent" >= 0);
ALTER TABLE "Invitation"
  ADD CONSTRAINT "Invitation_usesLeft_check" CHECK ("usesLeft" >= 0);

-- Rankings and the datasets made of them are history: nothing rewrites them, not even a cascade.
CREATE FUNCTION "refuse_rewriting"() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% rows are append-only: % is refused', TG_TABLE_NAME, TG_OP
    USING HINT = 'Add a new row instead.';
END
$$;
CREATE TRIGGER "Ranking_append_only" BEFORE UPDATE OR DELETE ON "Ranking"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "PreferenceDataset_append_only" BEFORE UPDATE OR DELETE ON "PreferenceDataset"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "PreferencePair_append_only" BEFORE UPDATE OR DELETE ON "PreferencePair"
  FOR EACH ROW EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "Ranking_no_truncate" BEFORE TRUNCATE ON "Ranking"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "PreferenceDataset_no_truncate" BEFORE TRUNCATE ON "PreferenceDataset"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();
CREATE TRIGGER "PreferencePair_no_truncate" BEFORE TRUNCATE ON "PreferencePair"
  FOR EACH STATEMENT EXECUTE FUNCTION "refuse_rewriting"();
