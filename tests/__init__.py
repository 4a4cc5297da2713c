"""What the county may rely on, one sentence a test."""
