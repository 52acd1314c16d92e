#!/bin/sh
# Installs the built wheel into a fresh venv, outside of the checkout, and uses it as a newcomer would.
# Usage: try_wheel.sh PYTHON DIRECTORY_OF_THE_WHEEL
set -eu
python=$1
wheel=$(cd "$2" && pwd)/$(cd "$2" && ls gradviz-*.whl)
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
cd "$place"
"$python" -m venv venv
venv/bin/python -m pip install --quiet --disable-pip-version-check "$wheel"
export QT_QPA_PLATFORM=offscreen

cat > script.py <<'PY'
import torch

x = torch.ones(2, 2, requires_grad=True)
out = ((x + 2) * (x + 2) * 3).mean()
out.backward()
print(x.grad)
PY
expected='tensor([[4.5000, 4.5000],
        [4.5000, 4.5000]])'
[ "$(venv/bin/gradviz trace script.py)" = "$expected" ] || { echo "gradviz trace printed something else"; exit 1; }
[ "$(venv/bin/python -c 'import engine as torch; exec(open("script.py").read().replace("import torch", ""))')" = "$expected" ]
venv/bin/gradviz export script.py -o picture.png --theme light && [ -s picture.png ]
venv/bin/gradviz export script.py -o picture.svg && [ -s picture.svg ]
venv/bin/python - <<'PY'
from gradviz.resource_files import resource

for parts in (("themes", "dark.json"), ("fonts", "DejaVuSans.ttf"), ("examples",)):
    path = resource(*parts)
    assert path.exists() and "site-packages" in str(path), path
PY
echo "The wheel works from a fresh venv."
