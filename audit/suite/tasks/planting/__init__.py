"""Leaks planted on purpose, one file per kind of attack that must notice them."""
