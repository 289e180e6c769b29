"""`python -m netpolwatch` is the command `netpolwatch`."""

from netpolwatch.cli.main import run

if __name__ == "__main__":
    run()
