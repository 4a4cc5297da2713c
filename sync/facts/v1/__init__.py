"""Facts and journals, version 1, as generated from proto."""
