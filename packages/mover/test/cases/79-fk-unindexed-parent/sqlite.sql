-- as pandas to_sql writes it: no keys, no indexes at all
CREATE TABLE customers(id BIGINT, name TEXT); CREATE TABLE orders(id BIGINT, customer_id BIGINT);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300) INSERT INTO customers SELECT i,'c'||i FROM n;
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n WHERE i<300) INSERT INTO orders SELECT i,i FROM n;
