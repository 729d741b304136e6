"""Experiments: their results, the pages and the files made of them."""
