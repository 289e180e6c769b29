"""The pictures in the docs show what the code shows."""

import json

from samples.pictures import DIGESTS, FOLDER, digest_of, pictures


def test_no_picture_is_stale() -> None:
    drawn = {name: digest_of(picture) for name, picture in pictures().items()}
    assert drawn == json.loads(DIGESTS.read_text(encoding="utf-8")), "run `make pictures`"
    assert {file.name for file in FOLDER.glob("*.png")} == set(drawn)
