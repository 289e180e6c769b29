"""DENYs that wait: what explains one may be logged after it.

A payload's DENYs become one message of conversations (`conversations`, `message`); when the
cluster's audit log was heard past them (`watermark`), they are judged together by what is known of
their times (`judging`).
"""
