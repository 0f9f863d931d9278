-- Who waits for a lock in a STABLE function looks, when it has the lock, at the rows as they were before it waited. What
-- rewrites a table meanwhile, such as its distribution, leaves none of them to be seen, and the holder of a good key was
-- told that nobody has it. A VOLATILE one looks anew.
ALTER FUNCTION "vatevo_tenant_by_key"(text) VOLATILE;
ALTER FUNCTION "vatevo_destinations"(integer[], bigint[]) VOLATILE;
