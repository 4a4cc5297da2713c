"""Calls between neighbours, and from the tools people use."""
