"""What is known of clusters, in DynamoDB: facts under the keys of the objects that they are of.

An item: `pk` (`<cluster>#<object>`), `sk` (the part of the object, a time, a digest: what is
written twice is one item), `facts` (JSON), `expires_at` (s). Nothing is ever changed: audit events
may come in any order, and twice.
"""
