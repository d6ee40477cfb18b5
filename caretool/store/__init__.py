"""All SQL but the schema, one file per noun; every function takes the database first."""
