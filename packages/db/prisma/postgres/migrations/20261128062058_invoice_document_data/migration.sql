-- AlterTable
ALTER TABLE "invoices" ADD COLUMN     "document_data" JSONB,
ADD COLUMN     "violations" JSONB;
