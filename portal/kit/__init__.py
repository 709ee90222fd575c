"""What repeats on screen: the shell, parts, figures, grids, numbers, pages and callbacks."""
