-- Alone, so that it can end a transaction after each batch.
-- lint: allow opaque because it updates 1,000 rows a transaction and waits for no row (20261129001001_wide_ids_filling)
CALL "vatevo_fill_wide_ids"();
