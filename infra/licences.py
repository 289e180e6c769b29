"""What a bundle owes to the packages in it: their licence texts, and a notice that names them."""

import shutil
from collections.abc import Iterator
from email.parser import HeaderParser
from pathlib import Path

FOLDER = "licenses"
NOTICE = "NOTICE"

_OURS = """netpolwatch
Licensed under the Apache License, Version 2.0 (LICENSE).

This bundle holds copies of the packages below. The folder {folder} has the licence text of each.

{packages}

Compiled into hyperscan's module: Vectorscan or Hyperscan (BSD-3-Clause, Intel Corporation,
VectorCamp PC and Arm Limited). Compiled into isal's module: Intel Intelligent Storage
Acceleration Library (BSD-3-Clause, Intel Corporation). Compiled into google-re2's module: RE2
(BSD-3-Clause, The RE2 Authors) and Abseil (Apache-2.0, Google).
"""


class MissingLicenceError(Exception):
    """A package comes without the text of its licence."""


def collect(bundle: Path, our_licence: Path) -> None:
    """Copy the licence texts out of the packages' metadata, and write the notice.

    Raises
    ------
    MissingLicenceError
        A package has none: it may not be copied.
    """
    packages = [_collected(info, bundle) for info in sorted(bundle.glob("*.dist-info"))]
    text = _OURS.format(folder=FOLDER, packages="\n".join(packages))
    (bundle / NOTICE).write_text(text, encoding="utf-8")
    shutil.copyfile(our_licence, bundle / "LICENSE")


def _collected(info: Path, bundle: Path) -> str:
    metadata = HeaderParser().parsestr((info / "METADATA").read_text(encoding="utf-8"))
    name, version = metadata["Name"], metadata["Version"]
    target = bundle / FOLDER / name
    texts = list(_texts(info))
    if not texts:
        raise MissingLicenceError(f"{name} {version} comes without the text of its licence")
    for text in texts:
        target.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(text, target / text.name)
    return f"{name} {version}: {metadata['License-Expression'] or metadata['License']}"


def _texts(info: Path) -> Iterator[Path]:
    for folder in (info, info / "licenses"):
        for path in sorted(folder.glob("*")) if folder.is_dir() else ():
            if path.is_file() and path.name.upper().startswith(("LICEN", "NOTICE", "COPYING")):
                yield path
