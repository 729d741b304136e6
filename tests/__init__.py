"""The tests of all four trees."""
