"""How jobs for new artworks are made."""
