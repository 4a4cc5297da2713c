"""What every node must understand in the same way."""
