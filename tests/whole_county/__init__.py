"""Many nodes at once, and the faults between them."""
