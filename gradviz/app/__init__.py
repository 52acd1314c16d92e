"""The window: actions, settings, documents; puts the rooms together."""
