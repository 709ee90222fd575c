"""What is ahead of an agent: tiers, ranks, policies that could be sold, renewals that are due."""
