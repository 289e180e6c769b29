"""Lines become flows: one grammar for each written form, one model for all.

A grammar reads its form (`parse`) and writes it (`render`). Forms and versions: the public source
of aws-network-policy-agent, v0.1.0 to v1.4.1.
"""
