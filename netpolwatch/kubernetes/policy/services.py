"""Which ports of a Service's own address this CNI opens for a rule's port.

Egress is judged before the address is translated, and a rule tells the pods' ports: so the
controller writes the Service's address with the Service's port that leads to the rule's
(amazon-network-policy-controller-k8s, `getMatchingServiceClusterIPs`). What follows from it:

- Of several ports that lead to the same, the first one is opened.
- A range begins at the Service's port that leads to the range's first, and ends where it ended.
- Where a port's name stands between the two, what one pod behind the Service calls so decides. A
  number is not opened by its name where a pod calls a port so that the rule does not allow; but
  older controllers open it.
"""

from collections.abc import Iterator
from typing import NamedTuple

from netpolwatch.kubernetes.policy.ends import End, ListenPort
from netpolwatch.kubernetes.policy.labels import Selector
from netpolwatch.kubernetes.policy.spec import Port


class _Found(NamedTuple):
    """A Service's port that leads to a rule's; not sure where no pod tells what a name means."""

    listen: ListenPort
    sure: bool = True


def service_port_covers(
    given: Port, rule: tuple[Port, ...], service: End, protocol: str, port: int
) -> bool | None:
    """Tell whether a rule's port, one of `rule`, opens a Service's port to its address.

    `given` is a port of the protocol; `None` is the answer where the Service's body, or what the
    pods behind it call their ports, is not known.
    """
    if service.labels is None:
        return None
    listens = [each for each in service.listens if each.protocol == protocol]
    found = _leading_to(given, listens, service)
    answers = {_opened(given, one.listen, port) for one in found}
    if not any(answers):
        return False
    if len(answers) > 1 or not found[0].sure:
        return None
    by_number = isinstance(given.port, int)
    if by_number and any(_leads_astray(one.listen, rule, service) for one in found):
        return None
    return True


def _opened(given: Port, listen: ListenPort, port: int) -> bool:
    return listen.port == port or listen.port < port <= (given.end_port or 0)


def _leading_to(given: Port, listens: list[ListenPort], service: End) -> list[_Found]:
    """Find the Service's port that leads to a rule's; several where which one is not told."""
    direct = next((each for each in listens if each.target == given.port), None)
    if direct is not None:
        return [_Found(direct)]
    found = list(_by_name(given, listens, service))
    return [one for one in found if one.sure] or found


def _by_name(given: Port, listens: list[ListenPort], service: End) -> Iterator[_Found]:
    """Find the ports that a pod behind the Service connects with the rule's by a name."""
    firsts = {each.target: each for each in reversed(listens)}
    for target, listen in firsts.items():
        if isinstance(target, str) and isinstance(given.port, int):
            answer = _calls(service, target, listen.protocol, given.port)
        elif isinstance(target, int) and isinstance(given.port, str):
            answer = _calls(service, given.port, listen.protocol, target)
        else:
            continue
        if answer is not False:
            yield _Found(listen, sure=answer is True)


def _calls(service: End, name: str, protocol: str, port: int) -> bool | None:
    if service.names is None or service.namespace is None:
        return None
    return service.names.calls(service.namespace, _behind(service), name, protocol, port)


def _leads_astray(listen: ListenPort, rule: tuple[Port, ...], service: End) -> bool:
    """Tell whether a pod behind the Service calls a port so that the rule does not allow."""
    if service.names is None or service.namespace is None or isinstance(listen.target, int):
        return False
    numbers = service.names.numbers(
        service.namespace, _behind(service), listen.target, listen.protocol
    )
    return not all(_allows(rule, listen.protocol, number) for number in numbers)


def _allows(rule: tuple[Port, ...], protocol: str, number: int) -> bool:
    return any(
        (each.protocol or "TCP") == protocol
        and (
            each.port is None
            or (isinstance(each.port, int) and each.port <= number <= (each.end_port or each.port))
        )
        for each in rule
    )


def _behind(service: End) -> Selector:
    return Selector(match_labels=dict(service.labels or {}))
