"""Calls, pages and commands."""
