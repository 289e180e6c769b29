"""The command `netpolwatch`: the engine on a laptop."""
