CREATE TABLE tenants(id INTEGER PRIMARY KEY, api_key TEXT, created_at TEXT); INSERT INTO tenants VALUES (1,'k',NULL);
