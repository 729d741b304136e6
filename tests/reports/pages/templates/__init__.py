"""The pages as browsers show them."""
