"""What a page tells, hears and keeps beside the views."""
