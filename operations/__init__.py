"""Runs, watches and examines whole networks of nodes."""
