"""Machinery that knows nothing about security."""
