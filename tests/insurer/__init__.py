"""An insurer: its sales force, its deliveries, its demo."""
