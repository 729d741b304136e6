"""Ids that lose characters, or get others for them."""
