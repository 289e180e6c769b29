"""The custom resource that subscribes the clusters' log groups."""
