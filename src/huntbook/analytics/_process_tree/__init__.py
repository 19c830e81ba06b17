"""Machinery of `hb.process_tree`: recognise the columns, read the processes, link them, name what is missing."""
