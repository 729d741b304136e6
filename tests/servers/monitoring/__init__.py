"""Alert rules, routes and programs of monitoring."""
