"""A pay month's life: checked, computed, signed off, approved, locked, and corrected afterwards."""
