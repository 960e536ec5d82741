"""What rows look like: the contracts an office's exports must keep, and the frames handed on between layers."""
