"""The township: it stands between its villages and the county."""
