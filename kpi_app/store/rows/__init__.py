"""What offices bring: files become facts, their ledger, and what is wrong or odd in them."""
