CREATE TABLE tenants(id int PRIMARY KEY, api_key text, created_at timestamptz);
