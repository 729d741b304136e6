"""What goes wrong where there are several servers, a balancer and a pooler."""
