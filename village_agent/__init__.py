"""The village: where a filing is written down, line or no line."""
