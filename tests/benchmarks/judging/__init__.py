"""Tests of the benchmark of large runs."""
