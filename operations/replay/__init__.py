"""A year of the county, acted again at the counters of a whole network."""
