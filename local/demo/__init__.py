"""`make demo`: a sample cluster's day through a real deployment on this machine."""
