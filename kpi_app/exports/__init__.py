"""What leaves the product: sheets and tables as files."""
