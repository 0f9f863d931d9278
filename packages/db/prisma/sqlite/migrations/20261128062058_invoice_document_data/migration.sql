-- AlterTable
ALTER TABLE "invoices" ADD COLUMN "document_data" JSONB;
ALTER TABLE "invoices" ADD COLUMN "violations" JSONB;
