"""What is due when, and how it runs: durable, in order, once."""
