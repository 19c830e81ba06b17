"""What a source is told by its user: `huntbook.toml`, the environment, and secrets that stand somewhere else."""
