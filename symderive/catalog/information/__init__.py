"""Measures of information, one file each."""
