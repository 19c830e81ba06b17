"""How indicators are found in text: patterns, refanging, checks, context. `analytics/iocs.py` is the way in."""
