"""Pure functions on tables: indicators, decoding, process trees. The table that goes in decides the kind that comes out."""
