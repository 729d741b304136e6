"""Answers and receipts that count wrongly."""
