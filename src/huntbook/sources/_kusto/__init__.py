"""Azure Data Explorer: its clusters and its frames."""
