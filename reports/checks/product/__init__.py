"""The product around the recorder: what is shown again is not recorded."""
