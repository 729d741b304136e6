"""Experiments: slots of judged runs, comparisons of arms, the page."""
