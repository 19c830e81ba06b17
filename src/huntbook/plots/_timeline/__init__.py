"""Machinery of the timeline: read the times, thin out the events, lay out the picture, draw it."""
