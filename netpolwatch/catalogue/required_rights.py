"""What network policies need of RBAC. Generated: change `rights/*.yaml` instead."""

import msgspec

from netpolwatch.kubernetes.rights import RequiredRights

REQUIRED_RIGHTS: tuple[RequiredRights, ...] = msgspec.json.decode(
    b'[{"names":["aws-node"],"source":"https://docs.aws.amazon.com/eks/latest/userguide/ne'
    b'twork-policies-troubleshooting.html","rules":[{"groups":["crd.k8s.amazonaws.com"],"r'
    b'esource":"eniconfigs","verbs":["list","watch","get"]},{"groups":[""],"resource":"nam'
    b'espaces","verbs":["list","watch","get"]},{"groups":[""],"resource":"pods","verbs":["'
    b'list","watch","get"]},{"groups":[""],"resource":"nodes","verbs":["list","watch","get'
    b'"]},{"groups":["","events.k8s.io"],"resource":"events","verbs":["create","patch","li'
    b'st"]},{"groups":["networking.k8s.aws"],"resource":"policyendpoints","verbs":["get","'
    b'list","watch"]},{"groups":["networking.k8s.aws"],"resource":"policyendpoints/status"'
    b',"verbs":["get"]},{"groups":["vpcresources.k8s.aws"],"resource":"cninodes","verbs":['
    b'"get","list","watch","patch"]}],"later":[{"since":"v1.21.1","source":"https://github'
    b'.com/aws/amazon-vpc-cni-k8s/pull/3550","rules":[{"groups":["networking.k8s.aws"],"re'
    b'source":"clusterpolicyendpoints","verbs":["get","list","watch"]},{"groups":["network'
    b'ing.k8s.aws"],"resource":"clusterpolicyendpoints/status","verbs":["get"]}]}]},{"name'
    b's":["eks:network-policy-controller","amazon-network-policy-controller-k8s"],"source"'
    b':"https://docs.aws.amazon.com/eks/latest/userguide/network-policies-troubleshooting.'
    b'html","rules":[{"groups":[""],"resource":"namespaces","verbs":["get","list","watch"]'
    b'},{"groups":[""],"resource":"pods","verbs":["get","list","watch"]},{"groups":[""],"r'
    b'esource":"services","verbs":["get","list","watch"]},{"groups":["networking.k8s.aws"]'
    b',"resource":"policyendpoints","verbs":["create","delete","get","list","patch","updat'
    b'e","watch"]},{"groups":["networking.k8s.aws"],"resource":"policyendpoints/finalizers'
    b'","verbs":["update"]},{"groups":["networking.k8s.aws"],"resource":"policyendpoints/s'
    b'tatus","verbs":["get","patch","update"]},{"groups":["networking.k8s.io"],"resource":'
    b'"networkpolicies","verbs":["get","list","patch","update","watch"]}],"later":[{"since'
    b'":"v1.21.1","source":"https://github.com/aws/amazon-network-policy-controller-k8s","'
    b'rules":[{"groups":["networking.k8s.aws"],"resource":"clusterpolicyendpoints","verbs"'
    b':["create","delete","get","list","patch","update","watch"]},{"groups":["networking.k'
    b'8s.aws"],"resource":"clusternetworkpolicies","verbs":["get","list","watch"]},{"group'
    b's":["networking.k8s.aws"],"resource":"applicationnetworkpolicies","verbs":["get","li'
    b'st","watch"]}]}]}]',
    type=tuple[RequiredRights, ...],
)
