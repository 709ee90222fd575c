"""Pages: a path, ids of its own, and a pure layout."""
