"""What k9s and stern put before a line, and what names of groups and streams tell."""

from collections.abc import Iterator

from netpolwatch.ingest.origin import cluster_of, component_of_container, origin_of
from netpolwatch.ingest.prefix import container_of, without_container
from tests.fuzz import seeds as corpus
from tests.fuzz.promises import pieces_of


def check(data: bytes) -> None:
    text, group, stream = pieces_of(data, 3)
    container = container_of(text)
    plain = without_container(text)
    if container is None:
        assert plain == text
    else:
        assert component_of_container(container)
        assert plain.count("\n") == text.count("\n")
        assert all(map(str.endswith, text.split("\n"), plain.split("\n")))
    origin = origin_of(group, stream)
    assert origin.node is None or stream.startswith(origin.node)
    cluster = cluster_of(group)
    assert cluster is None or cluster in group


def seeds() -> Iterator[bytes]:
    yield "│ aws-node panic: boom\n│ aws-node \n│ aws-node goroutine 1 [running]:".encode()
    yield b"aws-node-np4cq aws-eks-nodeagent Node: "
    for record in corpus.records():
        yield f"x\0{record['logGroup']}\0{record['logStream']}".encode()
