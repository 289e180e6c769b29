from hypothesis import HealthCheck, settings

# The same examples in every run: a red build is a change's fault, and stays red.
settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("repeatable")
