"""Load generators that do not send what they show, or not when they should."""
