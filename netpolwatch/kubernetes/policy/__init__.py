"""NetworkPolicies: their bodies, and what they allow."""
