"""From a file an office sends to raw rows; nothing here knows the database."""
