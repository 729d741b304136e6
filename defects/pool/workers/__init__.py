"""How jobs for new artworks are carried out."""
