"""Who was denied, by which policy, and was it right: a verdict beside the objects of its time."""
