"""When an impression was seen, according to the server."""
