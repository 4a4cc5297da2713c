"""Which services the county offers, who may decide them and within how many working days."""
