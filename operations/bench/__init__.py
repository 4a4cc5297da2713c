"""Measurements: each beside a ceiling of the same run, because machines are noisy."""
