"""Who is asking, what they may see, and what the gate lets through."""
