"""What goes up, what comes down, and how gaps are mended."""
