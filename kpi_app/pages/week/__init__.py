"""The parts of the head's Monday page: what is gathered, and what each card draws of it."""
