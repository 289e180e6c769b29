"""Whether a DENY is a policy violation, and why."""
