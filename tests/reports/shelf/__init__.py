"""Tests of a folder of stored results as a whole."""
