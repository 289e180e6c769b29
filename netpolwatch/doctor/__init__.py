"""Whether a cluster is set up so that verdicts can be seen: facts in, answers and commands out."""
