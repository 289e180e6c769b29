"""The function that examines the clusters' set-up."""
