-- AlterTable
ALTER TABLE "tenants" ADD COLUMN "webhooks_paused" BOOLEAN NOT NULL DEFAULT false;

-- AlterTable
ALTER TABLE "tenants" ADD COLUMN "old_api_key_hash" TEXT;

-- AlterTable
ALTER TABLE "tenants" ADD COLUMN "old_api_key_until" DATETIME;
