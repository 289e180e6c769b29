"""The command whose output is a snapshot; help texts name it without reading one."""

from typing import Final

LISTING: Final = "kubectl get pods,svc,ns,nodes,netpol,cnp,anp -A -o yaml"
"""What to ask a cluster for; the last two are kinds that this CNI adds."""
