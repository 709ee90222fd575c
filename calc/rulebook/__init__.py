"""The rulebook: sales rules as data. Parse, check, compile to set-based SQL, explain. See docs/rulebook-language.md."""
