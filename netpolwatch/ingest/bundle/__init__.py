"""Node bundles: folders and archives of a node's logs, read a member at a time, never unpacked."""
