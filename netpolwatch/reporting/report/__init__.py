"""One report of a run: a model made once, and a renderer for each way to read it."""
