"""Checks of what a page does when something breaks: crashes, retries, a queue that waits."""
