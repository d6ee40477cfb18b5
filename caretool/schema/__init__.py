"""The statements of each step of the schema, one file a step; `migrations` runs them."""
