"""Cases and the catalogue, without touching anything."""
