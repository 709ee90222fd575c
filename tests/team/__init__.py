"""A sales leader's pages: figures of a subtree, the agents behind them, and the organisation of teams."""
