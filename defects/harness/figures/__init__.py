"""Samplers whose figures stand still."""
