"""What every report uses: text for readers."""
