"""What a person starts and watches: it stays up until Ctrl-C."""
