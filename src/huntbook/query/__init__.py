"""How a question is written: dialects, queries, packs."""
