#!/bin/sh
# Compares the committed generated code with what the proto files give: drift.sh PYTHON
set -eu
python=$1
fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
"$(dirname "$0")/generate.sh" "$python" "$fresh"
generated() { (cd "$1" && find sync -name '*_pb2.py' -o -name '*_pb2.pyi' -o -name '*_pb2_grpc.py') | sort; }
generated . >"$fresh/committed"
generated "$fresh" >"$fresh/given"
status=0
diff -u "$fresh/committed" "$fresh/given" || status=1
while read -r file; do
    if [ -f "$file" ]; then diff -u "$file" "$fresh/$file" || status=1; fi
done <"$fresh/given"
if [ "$status" -ne 0 ]; then
    echo "Generated code differs from proto/. Run make proto and commit the result." >&2
fi
exit "$status"
