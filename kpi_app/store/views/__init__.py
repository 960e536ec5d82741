"""What the pages and the command line show: figures, what waits for somebody, what could be."""
