"""A result arranged for reading: which rows belong together and which one represents them. Computes no number."""
