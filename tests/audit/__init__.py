"""The auditor against networks that are sound, and against such as were changed."""
