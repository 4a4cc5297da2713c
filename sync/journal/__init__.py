"""The books a node keeps: journals that are only ever added to."""
