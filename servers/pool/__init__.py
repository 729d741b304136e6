"""The artwork pool: jobs for new artworks, and the workers that carry them out."""
