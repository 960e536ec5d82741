"""How a number is made: declarations of metrics, and the one place that measures them."""
