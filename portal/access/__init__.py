"""Who is asking, what they may do and see, and the trail of what was done."""
