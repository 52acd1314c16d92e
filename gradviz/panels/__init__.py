"""Script editor, inspector, timeline, event list and console."""
