"""Where a bank's raw rows come from: the published Czech bank, a generated demo bank, a folder of files."""
