"""Tests of the sections of a suite's page."""
