"""A sample cluster's day with a fixed story, the same for a seed and an end.

`python -m samples` writes it as a canonical event file.
"""
