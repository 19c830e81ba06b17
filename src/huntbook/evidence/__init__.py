"""Files on disk become tables: recognised by content, read, mapped to Sentinel's names, kept as Parquet, shown as views."""
