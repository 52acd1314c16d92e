"""What canvas, panels and export share: the cursor, the theme, the words for numbers."""
