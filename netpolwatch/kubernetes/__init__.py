"""What a cluster's own records tell: objects as of a time, owners of addresses, policies."""
