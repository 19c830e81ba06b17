"""How encoded content is found in a text and read: forms, bytes, containers, limits."""
