"""That nothing was changed: the audit, seals, what a snapshot stands on, and the evidence pack."""
