#!/bin/sh
# Makes a virtual environment of the chosen Python, or keeps the one that is of it already.
# usage: venv.sh PYTHON FOLDER [--without-pip]
set -eu

python=$1
folder=$2
shift 2

version='import sys; print("%d.%d" % sys.version_info[:2])'
chosen=$("$python" -c "$version" 2>/dev/null) || chosen=missing
if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
  echo "netpolwatch needs Python 3.11 or later; '$python' is $chosen." \
    "Give another: make PYTHON=/path/to/python3.11" >&2
  exit 1
fi
if [ "$("$folder/bin/python" -c "$version" 2>/dev/null)" != "$chosen" ]; then
  rm -rf "$folder"
  "$python" -m venv "$@" "$folder"
fi
