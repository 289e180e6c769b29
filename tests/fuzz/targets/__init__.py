"""One file a target: `check(data)`, and `seeds()` where plain lines are no good start."""
