"""The ways to people and machines: each tries once, within seconds, and says what came of it."""
