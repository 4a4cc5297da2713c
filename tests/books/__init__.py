"""The journals and what is kept in them."""
