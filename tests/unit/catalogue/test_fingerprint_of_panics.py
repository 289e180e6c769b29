"""The same crash has the same fingerprint, whatever a run puts into its words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netpolwatch.catalogue.panics import MAX_FRAMES, find_panic
from netpolwatch.catalogue.trace_masks import fingerprint, masked, masked_frame

NPA = "github.com/aws/aws-network-policy-agent/controllers"
TRACE = """panic: runtime error: invalid memory address or nil pointer dereference [recovered]
\tpanic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x28 pc=0xaaaaea2a319c]

goroutine 99 [running]:
sigs.k8s.io/controller-runtime/pkg/internal/controller.(*Controller).Reconcile.func1()
\t/go/pkg/mod/sigs.k8s.io/controller-runtime@v0.17.0/pkg/internal/controller.go:116 +0x1a4
panic({0xaaaaeb14afa0?, 0xaaaaec6eade0?})
\t/usr/local/go1.21.7/src/runtime/panic.go:914 +0x218
github.com/aws/aws-network-policy-agent/controllers.(*Reconciler).configure(0x40004de000, 0x1)
\t/workspace/controllers/policyendpoints_controller.go:292 +0x34c
created by main.main in goroutine 1
"""


def _fingerprint(text: str) -> str:
    panic = find_panic(text, None)
    assert panic is not None
    return panic.fingerprint


@pytest.mark.parametrize(
    ("was", "becomes"),
    [
        ("goroutine 99", "goroutine 1234567"),
        ("0x40004de000", "0xc000123456"),
        ("0xaaaaea2a319c", "0x5631030676a7"),
        ("+0x34c", "+0x9"),
        (":292", ":301"),
        ("@v0.17.0", "@v0.19.2"),
        ("go1.21.7", "go1.23.1"),
        ("Reconcile.func1", "Reconcile.func2.1"),
        (" [recovered]", ""),
        ("controllers.(*", "controllers. (*"),
    ],
)
def test_what_every_run_changes_does_not_change_the_fingerprint(was: str, becomes: str) -> None:
    assert was in TRACE
    assert _fingerprint(TRACE.replace(was, becomes)) == _fingerprint(TRACE)


@pytest.mark.parametrize(
    ("was", "becomes"), [("configure(", "attach("), ("nil pointer dereference", "unaligned")]
)
def test_another_place_or_another_fault_has_another_fingerprint(was: str, becomes: str) -> None:
    assert _fingerprint(TRACE.replace(was, becomes)) != _fingerprint(TRACE)


def test_a_panic_tells_its_topmost_frames() -> None:
    # when
    panic = find_panic(TRACE + "main.a()\n" * 9, None)
    # then
    assert panic is not None
    assert (panic.owner, panic.frame) == ("network-policy-agent", f"{NPA}.(*Reconciler).configure")
    assert len(panic.frames) == MAX_FRAMES
    assert panic.words.startswith("panic: runtime error: ")
    assert "0x" not in panic.words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "index out of range [7] with length 3",
            "index out of range [<number>] with length <number>",
        ),
        ("RequestID: 0f9d3c1e-5b1a-4a77-9a55-3f0d5d9b2c11", "RequestID: <uuid>"),
        ("dial tcp 10.0.1.9:443", "dial tcp <ip>:<number>"),
        ("dial tcp [fd30:1c53:5f8a::a]:443", "dial tcp [<ip>]:<number>"),
        ("lookup eni0123456789a", "lookup <id>"),
        ("arn:aws:iam::111122223333:role/x is bad", "<arn> is bad"),
        ("addr 0xc000abc", "addr <hex>"),
        # Words with digits in them keep their meaning.
        ("IPv4 http2 sha256 CreateLogStream", "IPv4 http2 sha256 CreateLogStream"),
        ("interface {} is nil, not *v1.Pod", "interface {} is nil, not *v1.Pod"),
    ],
)
def test_values_are_masked(text: str, expected: str) -> None:
    assert masked(text) == expected


@pytest.mark.parametrize(
    ("frame", "expected"),
    [
        ("a/b@v1.2.3-rc.1+x/c.Do", "a/b/c.Do"),
        ("main.main.func1.2", "main.main.func"),
        ("main.main.gowrap1", "main.main.gowrap"),
        ("slices.Sort[...]", "slices.Sort"),
        ("a/v2.Func1", "a/v2.Func1"),
    ],
)
def test_frames_are_masked(frame: str, expected: str) -> None:
    assert masked_frame(frame) == expected


@given(message=st.text(max_size=600), frames=st.lists(st.text(max_size=80), max_size=8))
def test_any_panic_has_a_fingerprint(message: str, frames: list[str]) -> None:
    assert len(fingerprint(message, frames)) == 16
