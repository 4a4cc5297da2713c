"""The county: it decides, publishes the catalogue and supervises."""
