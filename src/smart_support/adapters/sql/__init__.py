"""The store on SQLite or PostgreSQL: one schema, one set of statements."""
