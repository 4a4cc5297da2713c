"""The rules of a case, from filing to its end."""
