"""Every road passes the same contract."""
