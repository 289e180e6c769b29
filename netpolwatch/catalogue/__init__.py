"""The known issues: one YAML file each, their schema, compiler and matcher."""
