-- CreateIndex
CREATE INDEX "tenants_old_api_key_hash_idx" ON "tenants"("old_api_key_hash");
