"""Defects of what is kept: erasures that take too little or too much, histories that slip."""
