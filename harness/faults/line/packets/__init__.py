"""A network link of our own between clients and servers, made of packets (Linux, no root)."""
