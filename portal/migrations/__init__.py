"""Changes of the tables, in order, and the row policies generated from what each table declares."""
