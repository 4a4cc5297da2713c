"""Oracles: written apart from the product, to be compared with it."""
