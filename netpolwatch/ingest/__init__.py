"""Bytes become log events: envelopes, event files, plain lines, and who wrote a stream."""
