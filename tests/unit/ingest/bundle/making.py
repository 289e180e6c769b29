import io
from typing import BinaryIO

from netpolwatch.ingest.bundle.limits import Limits
from netpolwatch.ingest.bundle.reader import Bundle
from netpolwatch.ingest.bundle.stream import Opener
from netpolwatch.ingest.plain import texts_of


def opener(content: bytes) -> Opener:
    def opened() -> BinaryIO:
        return io.BytesIO(content)

    return opened


def bundle_of(content: bytes, name: str = "bundle.tar.gz", limits: Limits = Limits()) -> Bundle:  # noqa: B008
    return Bundle(name, [("", opener(content))], size=len(content), limits=limits)


def folder_of(files: dict[str, bytes], name: str = "bundle") -> Bundle:
    return Bundle(name, [(path, opener(content)) for path, content in files.items()])


def texts(bundle: Bundle) -> list[str]:
    return [text for block in bundle.blocks() for text in texts_of(block.data)]
