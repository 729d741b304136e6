"""Tests of what stays up until Ctrl-C."""
