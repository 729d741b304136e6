"""An experiment on users: variants compared by those who were exposed to them."""
