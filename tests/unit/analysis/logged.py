"""Lines of one stream, logged at minutes of an hour, and the findings that come of them."""

from collections.abc import Sequence

from netpolwatch import Analyzer
from netpolwatch.findings.book import FindingBook
from netpolwatch.findings.model import Finding
from netpolwatch.findings.observation import Place
from netpolwatch.ingest.events import LogBatch, LogEvent

NODE = "ip-10-0-1-9.ec2.internal"
SDK = f"{NODE}-dataplane.tail.var.log.aws-routed-eni.ebpf-sdk.log"
AGENT = f"{NODE}-dataplane.tail.var.log.aws-routed-eni.network-policy-agent.log"
IPAMD = f"{NODE}-dataplane.tail.var.log.aws-routed-eni.ipamd.log"
AUDIT = "kube-apiserver-audit-0123456789abcdef0123456789abcdef"
GROUP = "/aws/eks/retail-prod/cluster"
NOON_MS = 1_781_006_400_000
CONTROLLER, CNI = "eks:network-policy-controller", "system:serviceaccount:kube-system:aws-node"


def logged(stream: str, lines: Sequence[tuple[float, str]]) -> list[Finding]:
    """Give the findings of lines that come at these minutes of an hour, one batch each."""
    analyzer = Analyzer()
    book = FindingBook(analyzer.entries)
    for at, (minute, line) in enumerate(lines):
        event = LogEvent(line, f"{at:056d}", NOON_MS + int(minute * 60_000))
        batch = analyzer.analyze_events(LogBatch(GROUP, stream, [event]))
        place = Place("retail-prod", GROUP, stream)
        book.take([*batch.sightings, *batch.hints], batch.endings, place)
    return book.findings(NOON_MS + int(lines[-1][0] * 60_000))
