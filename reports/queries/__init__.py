"""Reads: a function for what a page or a file needs."""
