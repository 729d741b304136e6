"""Figures of benchmarks and of a page's work, which only some scenarios have."""
