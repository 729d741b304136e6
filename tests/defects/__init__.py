"""Defects: each changes behaviour, its healthy twin none."""
