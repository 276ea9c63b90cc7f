"""Reads YAML and other texts as nodes with their places, and values of a type from them."""
