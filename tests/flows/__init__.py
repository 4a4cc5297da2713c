"""Up, down, and mended gaps."""
