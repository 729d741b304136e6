"""The harness: witnesses, reads and judges that cannot be relied on."""
