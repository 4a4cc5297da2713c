"""Calls, version 1, as generated from proto."""
