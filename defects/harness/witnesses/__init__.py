"""Witnesses that are blind, invent, lose what they wrote, or have another clock."""
