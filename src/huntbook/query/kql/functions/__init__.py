"""KQL's functions, as data: what each takes, what it gives, and how DuckDB spells it. A family is a file."""
