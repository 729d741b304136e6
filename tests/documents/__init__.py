"""What documents and CI files promise, held against the harness itself."""
