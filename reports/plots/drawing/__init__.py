"""Drawing: SVG, axes, panels and marks."""
