"""Facts: what happened, as bytes that never change."""
