"""The roads a parcel can take: NATS, a memory stick, or straight across."""
