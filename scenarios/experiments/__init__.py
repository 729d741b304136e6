"""What experiments do to each arm: scenarios that measure, and are judged by exactness alone."""
