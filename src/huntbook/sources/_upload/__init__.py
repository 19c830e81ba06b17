"""Rows that are given to a service: in batches, each sent once."""
