"""Writing: one verb, one function. Each checks the permission and the rule, changes, and leaves an audit row."""
